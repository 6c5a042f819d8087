<?php
/**
 * Reports to the engine what is read, and which links of lists are followed.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

/**
 * The engine's own script of a kilobyte, on pages of single posts.
 */
final class Recsys_News_Beacon {

	const HANDLE          = 'recsys-news-beacon';
	const VERSION_SECONDS = 300;

	/**
	 * Registers the script.
	 */
	public static function hook() {
		add_action( 'wp_enqueue_scripts', array( __CLASS__, 'enqueue' ) );
		add_filter( 'script_loader_tag', array( __CLASS__, 'tag' ), 10, 2 );
	}

	/**
	 * Puts the script into the page of a post that is public.
	 */
	public static function enqueue() {
		$engine = Recsys_News_Settings::get( 'engine' );
		if ( '' === $engine || ! Recsys_News_Settings::get( 'beacon' ) || is_preview() || ! is_singular( Recsys_News_Posts::types() ) ) {
			return;
		}
		wp_enqueue_script(
			self::HANDLE,
			$engine . self::file()['path'],
			array(),
			null, // phpcs:ignore WordPress.WP.EnqueuedResourceParameters.MissingVersion -- it is in the path.
			array(
				'strategy'  => 'defer',
				'in_footer' => true,
			)
		);
	}

	/**
	 * Returns the script's tag, which says what is read.
	 *
	 * @param string $tag    As WordPress has made it.
	 * @param string $handle Whose it is.
	 * @return string
	 */
	public static function tag( $tag, $handle ) {
		if ( self::HANDLE !== $handle ) {
			return $tag;
		}
		$added = sprintf(
			' data-for="%s" data-site="%s"',
			esc_attr( (string) get_queried_object_id() ),
			esc_attr( Recsys_News_Settings::get( 'site' ) )
		);
		$integrity = self::file()['integrity'];
		if ( '' !== $integrity ) {
			$added .= sprintf( ' integrity="%s" crossorigin="anonymous"', esc_attr( $integrity ) );
		}
		return str_replace( '<script ', '<script' . $added . ' ', $tag );
	}

	/**
	 * Returns path and integrity of the script: of the version that the engine ships, if it says so.
	 *
	 * @return array
	 */
	private static function file() {
		$floating = array(
			'path'      => '/widget/beacon/v1.js',
			'integrity' => '',
		);
		if ( ! Recsys_News_Settings::get( 'integrity' ) ) {
			return $floating;
		}
		$told = json_decode( Recsys_News_Engine::body( '/widget/versions.json', array(), self::VERSION_SECONDS ), true );
		$file = is_array( $told ) ? ( $told['files']['beacon.js'] ?? null ) : null;
		$is   = is_array( $file )
			&& preg_match( '~^/widget/[a-z0-9._/-]+$~iD', (string) ( $file['path'] ?? '' ) )
			&& preg_match( '~^sha384-[a-z0-9+/=]+$~iD', (string) ( $file['integrity'] ?? '' ) );
		return $is ? array(
			'path'      => $file['path'],
			'integrity' => $file['integrity'],
		) : $floating;
	}
}
