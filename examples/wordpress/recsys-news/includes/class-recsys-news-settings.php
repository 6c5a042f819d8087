<?php
/**
 * Where the engine is, and what the site wants of it.
 *
 * @package RecsysNews
 */

defined( 'ABSPATH' ) || exit;

/**
 * The option and its page.
 */
final class Recsys_News_Settings {

	const OPTION   = 'recsys_news';
	const LOOKS    = array( 'plain', 'classic', 'cards', 'none' );
	const DEFAULTS = array(
		'engine'    => '',
		'site'      => 'default',
		'key'       => '',
		'look'      => 'plain',
		'after'     => false,
		'beacon'    => true,
		'integrity' => true,
	);

	/**
	 * Registers the page.
	 */
	public static function hook() {
		add_action( 'admin_init', array( __CLASS__, 'register' ) );
		add_action( 'admin_menu', array( __CLASS__, 'menu' ) );
		add_action( 'admin_post_recsys_news_send_all', array( __CLASS__, 'send_all' ) );
	}

	/**
	 * Returns one setting. The key may stand in wp-config.php as RECSYS_NEWS_KEY instead.
	 *
	 * @param string $name A key of DEFAULTS.
	 * @return mixed
	 */
	public static function get( $name ) {
		if ( 'key' === $name && defined( 'RECSYS_NEWS_KEY' ) ) {
			return RECSYS_NEWS_KEY;
		}
		$kept = get_option( self::OPTION, array() );
		$kept = is_array( $kept ) ? $kept : array();
		return array_merge( self::DEFAULTS, $kept )[ $name ];
	}

	/**
	 * Registers the option.
	 */
	public static function register() {
		register_setting(
			'recsys_news',
			self::OPTION,
			array(
				'type'              => 'array',
				'sanitize_callback' => array( __CLASS__, 'sanitize' ),
				'show_in_rest'      => false,
			)
		);
	}

	/**
	 * Returns what may be kept of what was sent. A key that is left blank stays what it was.
	 *
	 * @param mixed $given As it was sent.
	 * @return array
	 */
	public static function sanitize( $given ) {
		$given  = is_array( $given ) ? $given : array();
		$engine = esc_url_raw( trim( (string) ( $given['engine'] ?? '' ) ), array( 'http', 'https' ) );
		$key    = trim( (string) ( $given['key'] ?? '' ) );
		$look   = (string) ( $given['look'] ?? '' );
		$kept   = get_option( self::OPTION, array() );
		return array(
			'engine'    => untrailingslashit( $engine ),
			'site'      => sanitize_text_field( (string) ( $given['site'] ?? '' ) ) ?: 'default',
			'key'       => '' !== $key ? sanitize_text_field( $key ) : ( is_array( $kept ) ? (string) ( $kept['key'] ?? '' ) : '' ),
			'look'      => in_array( $look, self::LOOKS, true ) ? $look : 'plain',
			'after'     => ! empty( $given['after'] ),
			'beacon'    => ! empty( $given['beacon'] ),
			'integrity' => ! empty( $given['integrity'] ),
		);
	}

	/**
	 * Adds the page to the menu.
	 */
	public static function menu() {
		add_options_page(
			__( 'Recsys News', 'recsys-news' ),
			__( 'Recsys News', 'recsys-news' ),
			'manage_options',
			'recsys-news',
			array( __CLASS__, 'page' )
		);
	}

	/**
	 * Prints the page.
	 */
	public static function page() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		?>
		<div class="wrap">
			<h1><?php esc_html_e( 'Recsys News', 'recsys-news' ); ?></h1>
			<form action="<?php echo esc_url( admin_url( 'options.php' ) ); ?>" method="post">
				<?php settings_fields( 'recsys_news' ); ?>
				<table class="form-table" role="presentation">
					<?php
					self::text( 'engine', 'url', __( 'Address of the engine', 'recsys-news' ), __( 'As browsers and this server reach it, such as https://recs.example.org', 'recsys-news' ) );
					self::text( 'site', 'text', __( 'Name of this site', 'recsys-news' ), __( 'As the settings of the engine name it; default where there is one site.', 'recsys-news' ) );
					self::text( 'key', 'password', __( 'Key', 'recsys-news' ), __( 'With it posts are sent to the engine. Left blank it stays what it is.', 'recsys-news' ) );
					self::look();
					self::box( 'after', __( 'Related news after every post', 'recsys-news' ) );
					self::box( 'beacon', __( 'Report what is read to the engine: no cookie, nothing is kept in the browser', 'recsys-news' ) );
					self::box( 'integrity', __( 'Let browsers check the beacon (turn this off if a cache keeps pages longer than you keep an engine)', 'recsys-news' ) );
					?>
				</table>
				<?php submit_button(); ?>
			</form>
			<form action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>" method="post">
				<input type="hidden" name="action" value="recsys_news_send_all">
				<?php wp_nonce_field( 'recsys_news_send_all' ); ?>
				<p><?php esc_html_e( 'Posts are sent when they are published, changed or trashed. Those of before are sent once:', 'recsys-news' ); ?></p>
				<?php submit_button( __( 'Send all posts to the engine', 'recsys-news' ), 'secondary' ); ?>
			</form>
		</div>
		<?php
	}

	/**
	 * Begins to send all posts, for who may and has asked for it.
	 */
	public static function send_all() {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do this.', 'recsys-news' ), '', array( 'response' => 403 ) );
		}
		check_admin_referer( 'recsys_news_send_all' );
		Recsys_News_Posts::send_all();
		wp_safe_redirect( admin_url( 'options-general.php?page=recsys-news' ) );
		exit;
	}

	/**
	 * Prints a row with a text.
	 *
	 * @param string $name  Of the setting.
	 * @param string $type  Of the input.
	 * @param string $label What it is.
	 * @param string $hint  What to write.
	 */
	private static function text( $name, $type, $label, $hint ) {
		$value = 'key' === $name ? '' : self::get( $name );
		printf(
			'<tr><th scope="row"><label for="recsys-news-%1$s">%2$s</label></th><td><input id="recsys-news-%1$s" name="recsys_news[%1$s]" type="%3$s" value="%4$s" class="regular-text" dir="ltr" autocomplete="off"><p class="description">%5$s</p></td></tr>',
			esc_attr( $name ),
			esc_html( $label ),
			esc_attr( $type ),
			esc_attr( $value ),
			esc_html( $hint )
		);
	}

	/**
	 * Prints a row with a box to tick.
	 *
	 * @param string $name  Of the setting.
	 * @param string $label What it is.
	 */
	private static function box( $name, $label ) {
		printf(
			'<tr><td colspan="2"><label><input name="recsys_news[%1$s]" type="checkbox" value="1"%2$s> %3$s</label></td></tr>',
			esc_attr( $name ),
			checked( (bool) self::get( $name ), true, false ),
			esc_html( $label )
		);
	}

	/**
	 * Prints the row in which a look is chosen.
	 */
	private static function look() {
		$looks = array(
			'plain'   => __( 'That of the plug-in', 'recsys-news' ),
			'classic' => __( 'The engine’s classic one', 'recsys-news' ),
			'cards'   => __( 'The engine’s cards', 'recsys-news' ),
			'none'    => __( 'That of the theme', 'recsys-news' ),
		);
		echo '<tr><th scope="row"><label for="recsys-news-look">' . esc_html__( 'Look', 'recsys-news' ) . '</label></th><td><select id="recsys-news-look" name="recsys_news[look]">';
		foreach ( $looks as $value => $label ) {
			printf( '<option value="%s"%s>%s</option>', esc_attr( $value ), selected( self::get( 'look' ), $value, false ), esc_html( $label ) );
		}
		echo '</select></td></tr>';
	}
}
