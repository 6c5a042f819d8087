<?php
/**
 * Posts on their way to the engine.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

/**
 * Nobody waits for it: WordPress's own schedule sends what has changed, and tries again.
 */
final class Recsys_News_Posts {

	const MOST_ATTEMPTS = 6;
	const AT_ONCE       = 100;

	/**
	 * Registers what follows the life of a post.
	 */
	public static function hook() {
		add_action( 'transition_post_status', array( __CLASS__, 'changed' ), 10, 3 );
		add_action( 'deleted_post', array( __CLASS__, 'deleted' ), 10, 2 );
		add_action( 'recsys_news_send', array( __CLASS__, 'send' ), 10, 2 );
		add_action( 'recsys_news_send_many', array( __CLASS__, 'send_many' ), 10, 2 );
	}

	/**
	 * Returns the types of posts that are articles.
	 *
	 * @return string[]
	 */
	public static function types() {
		return (array) apply_filters( 'recsys_news_post_types', array( 'post' ) );
	}

	/**
	 * Notes a post that is published, changed, unpublished or trashed.
	 *
	 * @param string  $to   Its status.
	 * @param string  $from Its status before.
	 * @param WP_Post $post The post.
	 */
	public static function changed( $to, $from, $post ) {
		if ( 'publish' === $to || 'publish' === $from ) {
			self::note( $post );
		}
	}

	/**
	 * Notes a post that is gone for good.
	 *
	 * @param int     $post_id Its id.
	 * @param WP_Post $post    What it was.
	 */
	public static function deleted( $post_id, $post ) {
		self::note( $post );
	}

	/**
	 * Brings the engine up to date about a post: as it is now, whatever it was when it was noted.
	 *
	 * @param int $post_id Its id.
	 * @param int $attempt Which one, from 1.
	 */
	public static function send( $post_id, $attempt = 1 ) {
		$post = get_post( $post_id );
		if ( $post && self::is_public( $post ) ) {
			$status = Recsys_News_Engine::write( 'PUT', '/v1/articles', array( 'id' => $post_id ), self::article( $post ) );
		} else {
			$asked  = array(
				'id'   => $post_id,
				'site' => Recsys_News_Settings::get( 'site' ),
			);
			$status = Recsys_News_Engine::write( 'DELETE', '/v1/articles', $asked );
		}
		if ( self::is_to_be_tried_again( $status ) && $attempt < self::MOST_ATTEMPTS ) {
			$wait = MINUTE_IN_SECONDS * 4 ** ( $attempt - 1 );
			wp_schedule_single_event( time() + $wait, 'recsys_news_send', array( $post_id, $attempt + 1 ) );
		}
	}

	/**
	 * Begins to send every post.
	 */
	public static function send_all() {
		wp_schedule_single_event( time(), 'recsys_news_send_many', array( 1, 1 ) );
	}

	/**
	 * Sends some posts, and has the next ones sent.
	 *
	 * @param int $page    Which, from 1.
	 * @param int $attempt Which one, from 1.
	 */
	public static function send_many( $page, $attempt = 1 ) {
		$posts = get_posts(
			array(
				'post_type'      => self::types(),
				'post_status'    => 'publish',
				'has_password'   => false,
				'posts_per_page' => self::AT_ONCE,
				'paged'          => $page,
				'orderby'        => 'ID',
				'order'          => 'ASC',
			)
		);
		if ( ! $posts ) {
			return;
		}
		$status = Recsys_News_Engine::write( 'POST', '/v1/articles', array(), array_map( array( __CLASS__, 'article' ), $posts ) );
		if ( ! self::is_to_be_tried_again( $status ) ) {
			wp_schedule_single_event( time(), 'recsys_news_send_many', array( $page + 1, 1 ) );
		} elseif ( $attempt < self::MOST_ATTEMPTS ) {
			$wait = MINUTE_IN_SECONDS * 4 ** ( $attempt - 1 );
			wp_schedule_single_event( time() + $wait, 'recsys_news_send_many', array( $page, $attempt + 1 ) );
		}
	}

	/**
	 * Returns a post as the engine reads articles. A filter may change it.
	 *
	 * @param WP_Post $post The post.
	 * @return array
	 */
	public static function article( $post ) {
		$article = array(
			'article_id'   => (string) $post->ID,
			'title'        => self::plain( get_the_title( $post ) ),
			'url'          => get_permalink( $post ),
			'body'         => strip_shortcodes( $post->post_content ),
			'summary'      => self::plain( $post->post_excerpt ),
			'section'      => self::terms( $post, 'category' ),
			'tags'         => self::terms( $post, 'post_tag' ),
			'language'     => substr( get_locale(), 0, 2 ),
			'published_at' => get_post_time( 'Y-m-d\TH:i:s\Z', true, $post ),
			'updated_at'   => get_post_modified_time( 'Y-m-d\TH:i:s\Z', true, $post ),
			'author'       => get_the_author_meta( 'display_name', (int) $post->post_author ),
			'image_url'    => get_the_post_thumbnail_url( $post, 'medium' ) ?: null,
			'site'         => Recsys_News_Settings::get( 'site' ),
		);
		return (array) apply_filters( 'recsys_news_article', $article, $post );
	}

	/**
	 * Has a post sent soon, by the schedule; twice is no more than once.
	 *
	 * @param WP_Post $post The post.
	 */
	private static function note( $post ) {
		if ( in_array( $post->post_type, self::types(), true ) && '' !== Recsys_News_Settings::get( 'key' ) ) {
			wp_schedule_single_event( time(), 'recsys_news_send', array( (int) $post->ID, 1 ) );
		}
	}

	/**
	 * Returns whether everybody may read a post.
	 *
	 * @param WP_Post $post The post.
	 * @return bool
	 */
	private static function is_public( $post ) {
		return 'publish' === $post->post_status && '' === $post->post_password;
	}

	/**
	 * Returns whether an engine that answered so should be asked again.
	 *
	 * @param int $status Of the answer; 0 if there was none.
	 * @return bool
	 */
	private static function is_to_be_tried_again( $status ) {
		return 0 === $status || 429 === $status || $status >= 500;
	}

	/**
	 * Returns the names of a post's terms.
	 *
	 * @param WP_Post $post     The post.
	 * @param string  $taxonomy Whose.
	 * @return string[]
	 */
	private static function terms( $post, $taxonomy ) {
		$terms = get_the_terms( $post, $taxonomy );
		return is_array( $terms ) ? array_map( array( __CLASS__, 'plain' ), wp_list_pluck( $terms, 'name' ) ) : array();
	}

	/**
	 * Returns a text without markup and entities.
	 *
	 * @param string $text As WordPress keeps it.
	 * @return string
	 */
	public static function plain( $text ) {
		return html_entity_decode( wp_strip_all_tags( (string) $text ), ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	}
}
