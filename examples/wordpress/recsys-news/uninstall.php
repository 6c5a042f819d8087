<?php
/**
 * Takes away what the plug-in has kept. Posts stay with the engine.
 *
 * @package RecsysNews
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'recsys_news' );
wp_unschedule_hook( 'recsys_news_send' );
wp_unschedule_hook( 'recsys_news_send_many' );
