<?php
// One list by the example's class: name and a query string.
require __DIR__ . '/../../examples/php/lists.php';
parse_str($argv[2], $asked);
$lists = new NewsLists(getenv('RECSYS_ENGINE'), getenv('RECSYS_CACHE'), 20.0);
echo $lists->html($argv[1], $asked, 'instead');
