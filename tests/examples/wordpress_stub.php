<?php
// As much of WordPress as the plug-in calls, over files and PHP's own streams: what it keeps is in
// the file that STATE names, what it sends goes over HTTP, and what it may not print is an error.
error_reporting(-1);
set_error_handler(function ($level, $text, $file, $line) {
    if (error_reporting() & $level) {
        throw new ErrorException($text, 0, $level, $file, $line);
    }
});

define('ABSPATH', __DIR__ . '/');
define('MINUTE_IN_SECONDS', 60);
define('WEEK_IN_SECONDS', 604800);
define('MB_IN_BYTES', 1048576);

final class WP_Error {}
final class WP_Post {
    public $ID, $post_type = 'post', $post_status = 'publish', $post_password = '', $post_title = '';
    public $post_content = '', $post_excerpt = '', $post_author = 1, $terms = [], $at = 0;
    public function __construct(array $of) { foreach ($of as $name => $value) { $this->$name = $value; } }
}
final class Died extends Exception {}

$kept = is_file(getenv('STATE')) ? json_decode(file_get_contents(getenv('STATE')), true) : [];
$hooks = $shortcodes = $posts = $styles = $scripts = $schedule = [];
$shown = 0;          // id of the single post that is shown
$may = false;        // whether the one who asks may manage options
$referer = null;     // for which action there is a nonce

function keep(): void { file_put_contents(getenv('STATE'), json_encode($GLOBALS['kept'])); }

function add_action($name, $call, $priority = 10, $takes = 1) { $GLOBALS['hooks'][$name][$priority][] = [$call, $takes]; }
function add_filter($name, $call, $priority = 10, $takes = 1) { add_action($name, $call, $priority, $takes); }
function apply_filters($name, $value, ...$more) {
    $ordered = $GLOBALS['hooks'][$name] ?? [];
    ksort($ordered);
    foreach (array_merge(...$ordered) as [$call, $takes]) {
        $value = $call(...array_slice([$value, ...$more], 0, $takes));
    }
    return $value;
}
function do_action($name, ...$given) {
    $ordered = $GLOBALS['hooks'][$name] ?? [];
    ksort($ordered);
    foreach (array_merge(...$ordered) as [$call, $takes]) { $call(...array_slice($given, 0, $takes)); }
}

function get_option($name, $else = false) { return $GLOBALS['kept']['options'][$name] ?? $else; }
function update_option($name, $value) { $GLOBALS['kept']['options'][$name] = $value; keep(); }
function delete_option($name) { unset($GLOBALS['kept']['options'][$name]); keep(); }
function get_transient($name) {
    [$value, $until] = $GLOBALS['kept']['transients'][$name] ?? [false, 0];
    return $until > time() ? $value : false;
}
function set_transient($name, $value, $seconds) {
    if (strlen($name) > 172) { throw new Died('the name of a transient is too long'); }
    $GLOBALS['kept']['transients'][$name] = [$value, time() + $seconds];
    keep();
}

function wp_remote_request($url, $how) {
    $headers = '';
    foreach ($how['headers'] ?? [] as $name => $value) { $headers .= "$name: $value\r\n"; }
    $context = stream_context_create(['http' => [
        'method' => $how['method'] ?? 'GET', 'header' => $headers, 'content' => $how['body'] ?? '',
        'timeout' => 20, 'ignore_errors' => true, 'follow_location' => $how['redirection'],
    ]]);
    $stream = @fopen($url, 'rb', false, $context);
    if ($stream === false) { return new WP_Error(); }
    preg_match('~ (\d{3})~', stream_get_meta_data($stream)['wrapper_data'][0], $status);
    return ['body' => stream_get_contents($stream), 'response' => ['code' => (int) $status[1]]];
}
function wp_remote_get($url, $how) { return wp_remote_request($url, $how); }
function is_wp_error($it) { return $it instanceof WP_Error; }
function wp_remote_retrieve_response_code($answer) { return $answer['response']['code']; }
function wp_remote_retrieve_body($answer) { return $answer['body']; }
function wp_json_encode($it) { return json_encode($it); }

function esc_html($text) { return htmlspecialchars((string) $text, ENT_QUOTES, 'UTF-8', false); }
function esc_attr($text) { return esc_html($text); }
function esc_url($url) { return preg_match('~^https?://~', $url) ? esc_html($url) : ''; }
function esc_url_raw($url, $protocols = null) { return preg_match('~^https?://[^\s<>"]+$~', $url) ? $url : ''; }
function __($text, $domain) { return $domain === 'recsys-news' ? $text : throw new Died('another text domain'); }
function esc_html__($text, $domain) { return esc_html(__($text, $domain)); }
function esc_html_e($text, $domain) { echo esc_html__($text, $domain); }
function sanitize_text_field($text) { return trim(preg_replace('~[\r\n\t ]+~', ' ', strip_tags($text))); }
function untrailingslashit($text) { return rtrim($text, '/\\'); }
function checked($is, $wanted, $print) { return $is == $wanted ? ' checked="checked"' : ''; }
function selected($is, $wanted, $print) { return $is == $wanted ? ' selected="selected"' : ''; }
function wp_strip_all_tags($text) { return trim(strip_tags($text)); }
function strip_shortcodes($text) { return preg_replace('~\[[^\]]*\]~', '', $text); }
function wp_kses_post($html) { return $html; }

// Stricter than WordPress's, which would leave out what this does not forgive.
function wp_kses($html, $allowed, $protocols) {
    preg_match_all('~<([a-z0-9]+)((?:\s+[a-z-]+="[^"<>]*")*)\s*>~', $html, $tags, PREG_SET_ORDER);
    if (count($tags) !== preg_match_all('~<[a-z]~i', $html)) { throw new Died('a tag that is none'); }
    foreach ($tags as [, $tag, $attributes]) {
        preg_match_all('~([a-z-]+)="([^"]*)"~', $attributes, $pairs, PREG_SET_ORDER);
        foreach ($pairs as [, $name, $value]) {
            if (empty($allowed[$tag][$name])) { throw new Died("$tag may not have $name"); }
            $address = in_array($name, ['href', 'src'], true);
            if ($address && !in_array(parse_url(html_entity_decode($value), PHP_URL_SCHEME), $protocols, true)) {
                throw new Died("$name leads elsewhere");
            }
        }
    }
    return $html;
}

function add_shortcode($name, $call) { $GLOBALS['shortcodes'][$name] = $call; }
function do_shortcode($text) {
    return preg_replace_callback('~\[(\w+)((?:\s+\w+="[^"]*")*)\](?:(.*?)\[/\1\])?~s', function ($found) {
        preg_match_all('~(\w+)="([^"]*)"~', $found[2], $pairs);
        $call = $GLOBALS['shortcodes'][$found[1]] ?? null;
        return $call ? $call(array_combine($pairs[1], $pairs[2]) ?: '', $found[3] ?? null) : $found[0];
    }, $text);
}
function register_block_type($folder) { $GLOBALS['block'] = json_decode(file_get_contents("$folder/block.json"), true) + ['folder' => $folder]; }
function get_block_wrapper_attributes() { return 'class="wp-block-recsys-news-list"'; }
function render_block(array $attributes): string {
    foreach ($GLOBALS['block']['attributes'] as $name => $of) { $attributes += [$name => $of['default']]; }
    ob_start();
    require $GLOBALS['block']['folder'] . '/' . substr($GLOBALS['block']['render'], strlen('file:./'));
    return ob_get_clean();
}

function wp_register_style($handle, $address) { $GLOBALS['styles'][$handle] = [$address, false]; }
function wp_enqueue_style($handle) { $GLOBALS['styles'][$handle][1] = true; }
function wp_enqueue_script($handle, $address, $on, $version, $how) { $GLOBALS['scripts'][$handle] = $address; }
function print_scripts(): string {
    $html = '';
    foreach ($GLOBALS['scripts'] as $handle => $address) {
        $tag = '<script src="' . esc_url($address) . '" id="' . esc_attr($handle) . '-js" defer></script>';
        $html .= apply_filters('script_loader_tag', $tag, $handle, $address);
    }
    return $html;
}

function is_singular($types) { return $GLOBALS['shown'] && in_array(get_post($GLOBALS['shown'])->post_type, $types, true); }
function get_queried_object_id() { return $GLOBALS['shown']; }
function get_the_ID() { return $GLOBALS['shown']; }
function is_preview() { return false; }
function in_the_loop() { return true; }
function is_main_query() { return true; }

function get_post($id) { return $GLOBALS['posts'][$id] ?? null; }
function get_posts($asked) {
    $found = array_values(array_filter($GLOBALS['posts'], fn($post) => $post->post_status === $asked['post_status'] && $post->post_password === ''));
    return array_slice($found, ($asked['paged'] - 1) * $asked['posts_per_page'], $asked['posts_per_page']);
}
function save_post(array $of): void {
    $before = get_post($of['ID'])->post_status ?? 'new';
    $GLOBALS['posts'][$of['ID']] = new WP_Post($of);
    do_action('transition_post_status', get_post($of['ID'])->post_status, $before, get_post($of['ID']));
}
function get_the_title($post) { return $post->post_title; }
function get_permalink($post) { return "https://wp.example/?p={$post->ID}"; }
function get_locale() { return 'en_US'; }
function get_post_time($format, $gmt, $post) { return gmdate($format, $post->at); }
function get_post_modified_time($format, $gmt, $post) { return gmdate($format, $post->at); }
function get_the_author_meta($name, $id) { return 'Amina'; }
function get_the_post_thumbnail_url($post, $size) { return false; }
function get_the_terms($post, $taxonomy) { return array_map(fn($name) => (object) ['name' => $name], $post->terms[$taxonomy] ?? []) ?: false; }
function wp_list_pluck($list, $name) { return array_column($list, $name); }

function wp_schedule_single_event($at, $hook, $given) { $GLOBALS['schedule'][$hook . json_encode($given)] = [$at, $hook, $given]; }
function wp_unschedule_hook($hook) {}
function run_schedule(): int {
    $due = array_filter($GLOBALS['schedule'], fn($event) => $event[0] <= time());
    foreach ($due as $name => [, $hook, $given]) {
        unset($GLOBALS['schedule'][$name]);
        do_action($hook, ...$given);
    }
    return count($due);
}

function register_setting($group, $name, $how) { $GLOBALS['setting'] = $how; }
function settings_fields($group) { echo '<input type="hidden" name="_wpnonce" value="n">'; }
function add_options_page(...$given) {}
function submit_button($text = 'Save', $kind = 'primary') { echo '<button>' . esc_html($text) . '</button>'; }
function wp_nonce_field($action) { echo '<input type="hidden" name="_wpnonce" value="' . esc_attr($action) . '">'; }
function current_user_can($what) { return $GLOBALS['may'] && $what === 'manage_options'; }
function check_admin_referer($action) { if ($GLOBALS['referer'] !== $action) { throw new Died('no nonce'); } }
function wp_die($text, $title, $how) { throw new Died("{$how['response']} $text"); }
function wp_safe_redirect($to) { throw new Died("to $to"); }
function admin_url($path) { return "https://wp.example/wp-admin/$path"; }
function plugins_url($path, $file) { return "https://wp.example/wp-content/plugins/recsys-news/$path"; }
function plugin_basename($file) { return 'recsys-news/recsys-news.php'; }
function load_plugin_textdomain($domain, $deprecated, $path) {}

require __DIR__ . '/../../examples/wordpress/recsys-news/recsys-news.php';
do_action('init');
do_action('admin_init');
