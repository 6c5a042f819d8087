<?php
require __DIR__ . '/lists.php';

$engine = getenv('RECSYS_ENGINE') ?: 'http://127.0.0.1:8000';
$cache = getenv('RECSYS_CACHE') ?: sys_get_temp_dir() . '/news-lists';
$timeout = (float) (getenv('RECSYS_TIMEOUT') ?: 0.5);
$lists = new NewsLists($engine, $cache, $timeout);

$id = isset($_GET['id']) && is_string($_GET['id']) ? $_GET['id'] : 'ar-politics-01';
?>
<!doctype html>
<html lang="ar" dir="rtl">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>مقال</title>
<link rel="stylesheet" href="../news-list.css">
<main>
  <h1>مقال</h1>
  <p>نص المقال.</p>
  <?= $lists->html('related', ['id' => $id, 'limit' => 5], '<p><a href="/">آخر الأخبار</a></p>') ?>
  <?= $lists->html('most-read', ['id' => $id, 'window' => '24h', 'facts' => 'views']) ?>
</main>
<script defer src="<?= htmlspecialchars($engine) ?>/widget/beacon/v1.js" data-for="<?= htmlspecialchars($id) ?>"></script>
</html>
