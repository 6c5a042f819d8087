<?php
/**
 * Asks the engine, and keeps what it answered last.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

/**
 * Fragments of HTML and small documents, from the engine or from a transient.
 */
final class Recsys_News_Engine {

	const TIMEOUT_SECONDS = 1;
	const FRESH_SECONDS   = 60;
	const PAUSE_SECONDS   = 15;
	const TROUBLE         = 'recsys_news_trouble';

	/**
	 * Returns the body of an answer; an empty text where there is none and never was.
	 *
	 * No page waits longer than the timeout, and none at all for a while after the engine did not
	 * answer. What it answered last is shown for a week.
	 *
	 * @param string $path  Such as /v1/related.html.
	 * @param array  $asked Parameters.
	 * @param int    $fresh Seconds in which what is kept is not asked for again.
	 * @return string
	 */
	public static function body( $path, $asked = array(), $fresh = self::FRESH_SECONDS ) {
		$engine = Recsys_News_Settings::get( 'engine' );
		if ( '' === $engine ) {
			return '';
		}
		$url  = $engine . $path . ( $asked ? '?' . http_build_query( $asked ) : '' );
		$name = 'recsys_news_' . md5( $url );
		$kept = get_transient( $name );
		$kept = is_array( $kept ) ? $kept : array( 'body' => '', 'at' => 0 );
		if ( time() - $kept['at'] < $fresh || get_transient( self::TROUBLE ) ) {
			return $kept['body'];
		}
		$body = self::fetch( $url );
		if ( null === $body ) {
			return $kept['body'];
		}
		set_transient( $name, array( 'body' => $body, 'at' => time() ), WEEK_IN_SECONDS );
		return $body;
	}

	/**
	 * Writes to the engine, and returns the status of the answer; 0 if there is none.
	 *
	 * @param string      $method PUT, DELETE or POST.
	 * @param string      $path   Such as /v1/articles.
	 * @param array       $asked  Parameters.
	 * @param array|null  $sent   Becomes the body, as JSON.
	 * @return int
	 */
	public static function write( $method, $path, $asked = array(), $sent = null ) {
		$engine = Recsys_News_Settings::get( 'engine' );
		$key    = Recsys_News_Settings::get( 'key' );
		if ( '' === $engine || '' === $key ) {
			return 0;
		}
		$answer = wp_remote_request(
			$engine . $path . ( $asked ? '?' . http_build_query( $asked ) : '' ),
			array(
				'method'      => $method,
				'timeout'     => 20,
				'redirection' => 0,
				'headers'     => array(
					'X-API-Key'    => $key,
					'Content-Type' => 'application/json',
				),
				'body'        => null === $sent ? null : wp_json_encode( $sent ),
			)
		);
		return is_wp_error( $answer ) ? 0 : (int) wp_remote_retrieve_response_code( $answer );
	}

	/**
	 * Returns the body of an answer; null for an error and for no answer.
	 *
	 * @param string $url What to ask.
	 * @return string|null
	 */
	private static function fetch( $url ) {
		$answer = wp_remote_get(
			$url,
			array(
				'timeout'             => self::TIMEOUT_SECONDS,
				'redirection'         => 0,
				'limit_response_size' => MB_IN_BYTES,
			)
		);
		$status = is_wp_error( $answer ) ? 0 : (int) wp_remote_retrieve_response_code( $answer );
		if ( 0 === $status || $status >= 500 ) {
			set_transient( self::TROUBLE, 1, self::PAUSE_SECONDS );
		}
		return 200 === $status ? wp_remote_retrieve_body( $answer ) : null;
	}
}
