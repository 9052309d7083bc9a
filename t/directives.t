# Directives: what they inherit and what they do

use Digest::MD5 qw(md5_hex);
use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $http_config = <<'_EOC_';
    log_format mock escape=none
        'mock: $request_method $request_uri [$http_api_key] $request_body';

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;

        location / {
            proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        access_log off;

        location / {
            return 200 '{"vectors":{"$arg_ids":{"values":[1]}},"matches":[{"id":"customer-2","score":1}]}';
        }
    }
_EOC_

our $answer = '{"sourceUserId":"1","similar":[{"id":"customer-2","score":1}]}';
our $etag = '"' . md5_hex($answer) . '"';

our $index = <<'_EOC_';
    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
        proxy_set_header Api-Key $vfs_api_key;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config . ($block->http_config // ''));
    $block->set_value('config', $block->config . $index);
    $block->set_value('no_error_log', "[error]\n[alert]\n")
        if !defined $block->no_error_log;
});

plan tests => 98;

run_tests();

__DATA__

=== 1: namespaces of http, a prefix of server
--- http_config
    vfs_user_namespace people;
    vfs_item_namespace things;
--- config
    vfs_user_prefix customer-;
    location = /u { vfs_fetch user 1; }
--- request
GET /u
--- response_body chomp
{"id":"1","values":[1],"metadata":{}}
--- access_log
mock: GET /vectors/fetch?ids=customer-1&namespace=people



=== 2: those of a location come first
--- http_config
    vfs_item_namespace things;
--- config
    vfs_item_prefix thing-;
    location = /i { vfs_item_prefix ""; vfs_item_namespace "wares & more"; vfs_fetch item 1; }
--- request
GET /i
--- response_body chomp
{"id":"1","values":[1],"metadata":{}}
--- access_log
mock: GET /vectors/fetch?ids=1&namespace=wares%20%26%20more



=== 3: the prefix of the answer's ids
--- config
    vfs_user_prefix customer-;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body chomp
{"sourceUserId":"1","similar":[{"id":"2","score":1}]}



=== 4: another location for the index, without its last slash
--- config
    vfs_index /elsewhere;
    location = /s { vfs_similar user 1; }
    location /elsewhere/ { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/prefix/; }
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /prefix/query



=== 5: the default of topK
--- http_config
    vfs_top_k 7;
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
"topK":8,



=== 6: the default and the maximum of topK, from the server
--- config
    vfs_top_k 7 9;
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s?topK=9', 'GET /s?topK=10']
--- error_code eval: [200, 400]
--- response_body_like eval
[qr/similar/, qr/topK: expected an integer from 1 to 9, got/]



=== 7: a default beyond the built-in maximum raises it
--- config
    vfs_top_k 50;
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s?topK=50', 'GET /s?topK=51']
--- error_code eval: [200, 400]
--- response_body_like eval
[qr/similar/, qr/topK: expected an integer from 1 to 50, got/]



=== 8: the largest topK asks for no more than an index gives
--- config
    vfs_top_k 10000;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
"topK":10000,



=== 9: the key of a file
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
    location = /s { vfs_similar user 1; }
--- user_files eval: [['key', "s3cret-key\nand a remark\n"]]
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /query [s3cret-key]



=== 10: without a key there is no header
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /query []



=== 11: no-store by default
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_headers
Cache-Control: no-store
!ETag
--- response_body_like: similar



=== 12: cache control of the operator, for answers but not for errors
--- config
    vfs_cache_control "max-age=5";
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s', 'GET /s?topK=0']
--- error_code eval: [200, 400]
--- response_headers eval
['Cache-Control: max-age=5', 'Cache-Control: no-store']



=== 13: no cache control
--- config
    vfs_cache_control "max-age=5";
    location = /s { vfs_cache_control off; vfs_similar user 1; }
--- request
GET /s
--- response_headers
!Cache-Control
--- response_body_like: similar



=== 14: an etag
--- config
    vfs_etag on;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_headers eval: "ETag: $::etag"
--- response_body eval: $::answer



=== 15: the etag that the client has
--- config
    vfs_etag on;
    location = /s { vfs_similar user 1; }
--- more_headers eval: "If-None-Match: $::etag"
--- request
GET /s
--- error_code: 304
--- response_headers
!Content-Length
--- response_body



=== 16: a key that the index repeats is kept out of the log
--- log_level: info
--- http_config
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_3;
        access_log off;
        return 401 "Invalid s3cret-key, not S3CRET-KEY of s3cret-key";
    }
--- config
    vfs_index /refusing/;
    location = /s { vfs_similar user 1; }
    location /refusing/ {
        internal;
        vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_3;
    }
--- user_files eval: [['key', "s3cret-key\n"]]
--- request
GET /s
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
48 bytes: "Invalid ***, not *** of ***"
--- no_error_log
s3cret



=== 17: a parameter topK at the maximum that the location sets behind it
--- config
    vfs_top_k 3 6;
    location = /s { vfs_similar user 1 50; vfs_top_k 50; }
--- request
GET /s
--- response_body eval: $::answer
--- access_log
"topK":51,



=== 18: an empty parameter topK, and a dollar sign that is no variable
--- config
    vfs_user_namespace "us$ and $";
    location = /s { vfs_similar user 1 ""; }
--- request
GET /s
--- response_body eval: $::answer
--- access_log
"topK":6,"includeMetadata":true,"includeValues":false,"namespace":"us$ and $",
