<?php
// One scene by name; what came of it is printed as JSON.
require __DIR__ . '/wordpress_stub.php';

$scenes = [
    'settings' => function () {
        $given = json_decode(getenv('GIVEN'), true);
        update_option('recsys_news', ($GLOBALS['setting']['sanitize_callback'])($given));
        return get_option('recsys_news');
    },
    'page of settings' => function () {
        ob_start();
        Recsys_News_Settings::page();
        $nothing = ob_get_clean();
        $GLOBALS['may'] = true;
        ob_start();
        Recsys_News_Settings::page();
        return ['stranger' => $nothing, 'owner' => ob_get_clean()];
    },
    'lists' => function () {
        $bare = do_shortcode('[news_list kind="related"]instead[/news_list]');
        save_post(['ID' => 7, 'post_type' => 'page']);
        $GLOBALS['shown'] = 7;
        $page = do_shortcode('[news_list kind="inline"]');
        return [
            'bare' => $bare,
            'page' => $page,
            'related' => do_shortcode('[news_list kind="related" for="ar-politics-01" limit="3" heading="h3" limits="9"]'),
            'most read' => do_shortcode('[news_list kind="most-read" window="24h" facts="views" language="ar" limit="0"]'),
            'block' => render_block(['kind' => 'latest', 'limit' => '2', 'thumbnails' => true]),
            'empty' => do_shortcode('[news_list kind="latest" section="nothing"]<a href="/latest">Latest</a>[/news_list]'),
            'unknown' => do_shortcode('[news_list kind="../articles"]instead[/news_list]'),
            'style' => $GLOBALS['styles']['recsys-news'],
        ];
    },
    'publish' => function () {
        $of = ['post_title' => 'Harbour &amp; ships', 'post_content' => '<p>The ship [gallery] sailed.</p>', 'at' => (int) getenv('NOW') - 60];
        $terms = ['terms' => ['category' => ['Sea &amp; sky'], 'post_tag' => ['ships']]];
        save_post(['ID' => 901, 'post_status' => 'draft'] + $of);
        save_post(['ID' => 903, 'post_type' => 'page'] + $of);
        $unseen = run_schedule();
        save_post(['ID' => 901] + $of + $terms);
        save_post(['ID' => 901] + $of + $terms);
        save_post(['ID' => 902] + $of);
        return [$unseen, run_schedule()];
    },
    'trash' => function () {
        save_post(['ID' => 901]);
        save_post(['ID' => 902]);
        $GLOBALS['schedule'] = [];
        save_post(['ID' => 901, 'post_status' => 'trash']);
        save_post(['ID' => 902, 'post_password' => 'secret']);
        return [run_schedule(), count($GLOBALS['schedule'])];
    },
    'all' => function () {
        foreach (range(1, 103) as $n) {
            $GLOBALS['posts'][$n] = new WP_Post(['ID' => $n, 'post_title' => "Post $n", 'at' => (int) getenv('NOW') - $n]);
        }
        $said = [];
        foreach ([[false, null], [true, null], [true, 'recsys_news_send_all']] as [$GLOBALS['may'], $GLOBALS['referer']]) {
            try {
                do_action('admin_post_recsys_news_send_all');
            } catch (Died $died) {
                $said[] = $died->getMessage();
            }
        }
        return ['said' => $said, 'rounds' => [run_schedule(), run_schedule(), run_schedule(), run_schedule()]];
    },
    'beacon' => function () {
        do_action('wp_enqueue_scripts');
        $front = print_scripts();
        save_post(['ID' => 5]);
        $GLOBALS['shown'] = 5;
        do_action('wp_enqueue_scripts');
        return ['front' => $front, 'post' => print_scripts(), 'after' => apply_filters('the_content', '<p>text</p>')];
    },
    'away' => function () {
        foreach ($GLOBALS['kept']['transients'] as &$transient) { // older than they are fresh
            if (is_array($transient[0])) { $transient[0]['at'] -= 3600; }
        }
        unset($transient);
        save_post(['ID' => 904]);
        $sent = run_schedule();
        return [
            'related' => do_shortcode('[news_list kind="related" for="ar-politics-01" limit="3" heading="h3"]'),
            'left alone' => (bool) get_transient('recsys_news_trouble'),
            'new' => do_shortcode('[news_list kind="latest" limit="9"]instead[/news_list]'),
            'waits' => array_map(fn($event) => [$event[1], $event[0] - time(), $event[2]], array_values($GLOBALS['schedule'])),
            'sent' => $sent,
        ];
    },
];
echo json_encode($scenes[$argv[1]]());
