<?php
/**
 * Lists inside of a page that PHP makes, with no dependencies (PHP 7.4 or newer).
 *
 *     require 'lists.php';
 *     $lists = new NewsLists('http://127.0.0.1:8000', __DIR__ . '/cache');
 *     echo $lists->html('related', ['id' => $articleId, 'limit' => 5]);
 *
 * A page never waits longer than the timeout, and not even that for a while after the engine did
 * not answer. What it answered last is kept in a file, and shown for as long as it does not.
 * What is returned is HTML that the engine has escaped: it is printed as it is.
 */
final class NewsLists
{
    private const NAMES = ['related', 'most-read', 'trending', 'latest', 'inline', 'page'];
    private const LARGEST = 1000000;

    private string $engine;
    private string $folder;
    private float $timeout;
    private int $maxAge;
    private int $pause;

    /**
     * @param string $engine  where the engine listens
     * @param string $folder  where answers are kept; not below the root of the web server
     * @param float  $timeout seconds that a page may wait
     * @param int    $maxAge  seconds in which an answer is not asked for again
     * @param int    $pause   seconds in which an engine that did not answer is left alone
     */
    public function __construct(
        string $engine,
        string $folder,
        float $timeout = 0.5,
        int $maxAge = 60,
        int $pause = 10
    ) {
        $this->engine = rtrim($engine, '/');
        $this->folder = $folder;
        $this->timeout = $timeout;
        $this->maxAge = $maxAge;
        $this->pause = $pause;
    }

    /**
     * Returns a list as HTML, `$instead` where there is none and never was.
     *
     * @param string               $name  related, most-read, trending, latest, inline or page
     * @param array<string, mixed> $asked parameters, as docs/serving.md has them
     */
    public function html(string $name, array $asked = [], string $instead = ''): string
    {
        if (!in_array($name, self::NAMES, true)) {
            throw new InvalidArgumentException('there is no such list');
        }
        $url = "{$this->engine}/v1/{$name}.html?" . http_build_query($asked);
        $kept = $this->folder . '/' . hash('sha256', $url) . '.html';
        if (self::isYounger($kept, $this->maxAge) || $this->isLeftAlone()) {
            return $this->read($kept, $instead);
        }
        $answer = $this->fetch($url);
        if ($answer === null) {
            return $this->read($kept, $instead);
        }
        $this->write($kept, $answer);
        return $answer === '' ? $instead : $answer;
    }

    /** Returns the body of an answer; null for an error, no answer, and one that is cut. */
    private function fetch(string $url): ?string
    {
        $until = microtime(true) + $this->timeout;
        $context = stream_context_create(['http' => [
            'timeout' => $this->timeout,
            'ignore_errors' => true,
            'follow_location' => 0,
            'header' => "Accept: text/html\r\nConnection: close\r\n",
        ]]);
        $stream = @fopen($url, 'rb', false, $context);
        if ($stream === false) {
            $this->write($this->trouble(), '');
            return null;
        }
        $headers = implode("\n", stream_get_meta_data($stream)['wrapper_data'] ?? []);
        $body = '';
        while (!feof($stream) && strlen($body) <= self::LARGEST && microtime(true) < $until) {
            $body .= (string) fread($stream, 65536);
        }
        $whole = feof($stream) && self::isOfLength($body, $headers);
        fclose($stream);
        if (!$whole) {
            $this->write($this->trouble(), '');
        }
        return $whole && preg_match('~^HTTP/\S+ 200\b~', $headers) ? $body : null;
    }

    private static function isOfLength(string $body, string $headers): bool
    {
        return !preg_match('~^content-length:\s*(\d+)~mi', $headers, $told)
            || strlen($body) === (int) $told[1];
    }

    private function read(string $kept, string $instead): string
    {
        $body = is_file($kept) ? @file_get_contents($kept) : false;
        return $body === false || $body === '' ? $instead : $body;
    }

    /** Writes a file whole: other pages read it meanwhile. A folder that is full is no error. */
    private function write(string $path, string $body): void
    {
        if (!is_dir($this->folder)) {
            @mkdir($this->folder, 0770, true);
        }
        $beside = @tempnam($this->folder, 'new');
        if ($beside !== false && @file_put_contents($beside, $body) === strlen($body)) {
            @rename($beside, $path);
        } elseif ($beside !== false) {
            @unlink($beside);
        }
    }

    private function isLeftAlone(): bool
    {
        return self::isYounger($this->trouble(), $this->pause);
    }

    private function trouble(): string
    {
        return $this->folder . '/trouble';
    }

    private static function isYounger(string $path, int $seconds): bool
    {
        clearstatcache(true, $path);
        return is_file($path) && time() - (int) filemtime($path) < $seconds;
    }
}
