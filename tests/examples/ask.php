<?php
// One list by the example's class: name and a query string.
require __DIR__ . '/../../examples/php/lists.php';
parse_str($argv[2], $asked);
echo (new NewsLists(getenv('RECSYS_ENGINE'), getenv('RECSYS_CACHE')))->html($argv[1], $asked, 'instead');
