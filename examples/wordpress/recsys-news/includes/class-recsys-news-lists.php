<?php
/**
 * Lists in posts, by shortcode, block, and after the content.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

/**
 * What is asked for becomes HTML on the server.
 */
final class Recsys_News_Lists {

	const KINDS = array( 'related', 'inline', 'most-read', 'trending', 'latest' );

	/**
	 * What may be asked, and what it must look like.
	 */
	const ASKED = array(
		'limit'      => '~^([1-9][0-9]?|100)$~D',
		'section'    => '~^.{1,512}$~Du',
		'window'     => '~^(now|1h|6h|24h|3d|7d|30d|today|yesterday)$~D',
		'unit'       => '~^(views|readers)$~D',
		'language'   => '~^[a-z]{2}$~D',
		'max_age'    => '~^[1-9][0-9]{0,5}[mhd]$~D',
		'sponsored'  => '~^[01]$~D',
		'thumbnails' => '~^[01]$~D',
		'facts'      => '~^(time|views|none)$~D',
		'titles'     => '~^(short|full)$~D',
		'heading'    => '~^(h[2-6]|none)$~D',
	);

	/**
	 * Registers shortcode, block and style.
	 */
	public static function hook() {
		add_action( 'init', array( __CLASS__, 'register' ) );
		add_action( 'wp_enqueue_scripts', array( __CLASS__, 'style' ) );
		add_filter( 'the_content', array( __CLASS__, 'after_content' ), 20 );
	}

	/**
	 * Registers what posts may hold.
	 */
	public static function register() {
		$look = Recsys_News_Settings::get( 'look' );
		$own  = plugins_url( 'assets/news-list.css', RECSYS_NEWS_FILE );
		$file = 'plain' === $look ? $own : Recsys_News_Settings::get( 'engine' ) . "/widget/looks/{$look}.css";
		wp_register_style( 'recsys-news', $file, array(), RECSYS_NEWS_VERSION );
		add_shortcode( 'news_list', array( __CLASS__, 'shortcode' ) );
		register_block_type( dirname( RECSYS_NEWS_FILE ) . '/block' );
	}

	/**
	 * Has the style stand in the head of single posts, before any list is shown.
	 */
	public static function style() {
		if ( is_singular( Recsys_News_Posts::types() ) ) {
			self::style_if_wanted();
		}
	}

	/**
	 * Returns what stands for [news_list kind="related" limit="5"]instead[/news_list].
	 *
	 * @param array|string $attributes As they were written.
	 * @param string|null  $content    What is shown where there is no list.
	 * @return string
	 */
	public static function shortcode( $attributes, $content = null ) {
		$html = self::html( is_array( $attributes ) ? $attributes : array() );
		return '' !== $html ? $html : wp_kses_post( do_shortcode( (string) $content ) );
	}

	/**
	 * Returns the content of a post with related news behind it, where the settings want that.
	 *
	 * @param string $content Of a post.
	 * @return string
	 */
	public static function after_content( $content ) {
		if ( ! Recsys_News_Settings::get( 'after' ) || ! is_singular( Recsys_News_Posts::types() ) || ! in_the_loop() || ! is_main_query() ) {
			return $content;
		}
		return $content . self::html( array( 'kind' => 'related' ) );
	}

	/**
	 * Returns a list as HTML; an empty text where there is none.
	 *
	 * @param array $attributes Attributes of a shortcode or block; what is not allowed is left out.
	 * @return string
	 */
	public static function html( $attributes ) {
		$kind  = isset( $attributes['kind'] ) ? (string) $attributes['kind'] : 'related';
		$asked = self::asked( $attributes );
		$about = isset( $attributes['for'] ) ? (string) $attributes['for'] : '';
		if ( '' === $about ) {
			$about = self::shown();
		}
		if ( '' !== $about ) {
			$asked[ preg_match( '~^https?://~i', $about ) ? 'url' : 'id' ] = $about;
		}
		$needs_an_article = in_array( $kind, array( 'related', 'inline' ), true );
		if ( ! in_array( $kind, self::KINDS, true ) || ( $needs_an_article && '' === $about ) ) {
			return '';
		}
		$html = Recsys_News_Engine::body( "/v1/{$kind}.html", $asked );
		if ( '' === $html ) {
			return '';
		}
		self::style_if_wanted();
		return wp_kses( $html, self::allowed(), array( 'http', 'https' ) );
	}

	/**
	 * Returns the id of the post that is shown, or edited with a block in it; empty for none.
	 *
	 * @return string
	 */
	private static function shown() {
		if ( is_singular( Recsys_News_Posts::types() ) ) {
			return (string) get_queried_object_id();
		}
		return defined( 'REST_REQUEST' ) && REST_REQUEST ? (string) get_the_ID() : '';
	}

	/**
	 * Returns the parameters of a request.
	 *
	 * @param array $attributes Of a shortcode or block.
	 * @return array
	 */
	private static function asked( $attributes ) {
		$asked = array( 'site' => Recsys_News_Settings::get( 'site' ) );
		foreach ( self::ASKED as $name => $pattern ) {
			$value = $attributes[ $name ] ?? '';
			$value = is_bool( $value ) ? (string) (int) $value : trim( (string) $value );
			if ( '' !== $value && preg_match( $pattern, $value ) ) {
				$asked[ $name ] = $value;
			}
		}
		return $asked;
	}

	/**
	 * Has a style stand in the page, unless the theme has its own.
	 */
	private static function style_if_wanted() {
		if ( 'none' !== Recsys_News_Settings::get( 'look' ) ) {
			wp_enqueue_style( 'recsys-news' );
		}
	}

	/**
	 * Returns the elements and attributes that a fragment is made of.
	 *
	 * @return array
	 */
	private static function allowed() {
		$every = array(
			'class' => true,
			'dir'   => true,
			'lang'  => true,
		);
		$elements = array_fill_keys( array( 'h2', 'h3', 'h4', 'h5', 'h6', 'ol', 'ul', 'li', 'span' ), $every );
		$elements['section'] = $every + array( 'aria-label' => true, 'data-list' => true, 'data-rec' => true );
		$elements['li']     += array( 'data-id' => true );
		$elements['span']   += array( 'title' => true );
		$elements['a']       = $every + array( 'href' => true, 'rel' => true );
		$elements['time']    = $every + array( 'datetime' => true );
		$elements['img']     = $every + array_fill_keys( array( 'src', 'alt', 'width', 'height', 'loading', 'decoding' ), true );
		return $elements;
	}
}
