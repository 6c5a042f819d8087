<?php
/**
 * The block on the page.
 *
 * @var array $attributes Of the block.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

$recsys_news_html = Recsys_News_Lists::html( $attributes );
if ( '' !== $recsys_news_html ) {
	// phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped -- both are escaped by their makers, the list by wp_kses.
	echo '<div ' . get_block_wrapper_attributes() . '>' . $recsys_news_html . '</div>';
}
