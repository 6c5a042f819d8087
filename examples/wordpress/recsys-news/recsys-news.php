<?php
/**
 * Plugin Name:       Recsys News
 * Description:       Related news and most read from a recsys engine of your own: shortcode, block, view beacon, and posts sent to the engine.
 * Version:           1.0.0
 * Requires at least: 6.3
 * Requires PHP:      7.4
 * License:           Apache-2.0
 * License URI:       https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain:       recsys-news
 * Domain Path:       /languages
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

define( 'RECSYS_NEWS_VERSION', '1.0.0' );
define( 'RECSYS_NEWS_FILE', __FILE__ );

require __DIR__ . '/includes/class-recsys-news-settings.php';
require __DIR__ . '/includes/class-recsys-news-engine.php';
require __DIR__ . '/includes/class-recsys-news-lists.php';
require __DIR__ . '/includes/class-recsys-news-beacon.php';
require __DIR__ . '/includes/class-recsys-news-posts.php';

Recsys_News_Settings::hook();
Recsys_News_Lists::hook();
Recsys_News_Beacon::hook();
Recsys_News_Posts::hook();

add_action(
	'init',
	static function () {
		load_plugin_textdomain( 'recsys-news', false, dirname( plugin_basename( RECSYS_NEWS_FILE ) ) . '/languages' );
	}
);
