# Directives: where they may stand, what they inherit, what they refuse

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

    if (defined $block->must_die) {
        $block->set_value('request', 'GET /');
        return;
    }

    $block->set_value('http_config', $http_config . ($block->http_config // ''));
    $block->set_value('config', $block->config . $index);
    $block->set_value('no_error_log', "[error]\n[alert]\n")
        if !defined $block->no_error_log;
});

plan tests => 163;

run_tests();

__DATA__

=== 1: an unknown entity
--- config
    location /u { vfs_fetch group x; }
--- must_die
--- error_log
invalid entity "group" in "vfs_fetch" directive, expected "user", "item" or a variable



=== 2: two handlers in a location
--- config
    location /u { vfs_fetch user x; vfs_similar user x; }
--- must_die
--- error_log
"vfs_similar" directive is duplicate, or there is another vfs handler



=== 3: too few arguments
--- config
    location /u { vfs_fetch user; }
--- must_die
--- error_log
invalid number of arguments in "vfs_fetch" directive



=== 4: too many arguments
--- config
    location /u { vfs_recommend a b c; }
--- must_die
--- error_log
invalid number of arguments in "vfs_recommend" directive



=== 5: a handler outside of a location
--- config
    vfs_fetch user x;
--- must_die
--- error_log
"vfs_fetch" directive is not allowed here



=== 6: a handler within "if"
--- config
    location /u { if ($arg_x) { vfs_fetch user x; } }
--- must_die
--- error_log
"vfs_fetch" directive is not allowed here



=== 7: an unknown variable
--- config
    location /u { vfs_fetch user $nobody; }
--- must_die
--- error_log
unknown "nobody" variable



=== 8: a zone without a size
--- http_config
    vfs_zone vfs;
--- config
--- must_die
--- error_log
invalid value "vfs" in "vfs_zone" directive, expected name:size



=== 9: a zone without a name
--- http_config
    vfs_zone :4m;
--- config
--- must_die
--- error_log
invalid value ":4m" in "vfs_zone" directive, expected name:size



=== 10: a zone of no size
--- http_config
    vfs_zone vfs:many;
--- config
--- must_die
--- error_log
invalid size in "vfs:many" of "vfs_zone" directive, expected bytes, or a number with "k" or "m"



=== 11: a zone that is too small
--- http_config
    vfs_zone vfs:64k;
--- config
--- must_die
--- error_log eval
qr/zone "vfs" is too small, expected at least \dm/



=== 12: two zones
--- http_config
    vfs_zone one:4m;
    vfs_zone two:4m;
--- config
--- must_die
--- error_log
"vfs_zone" directive is duplicate



=== 13: a zone in a server
--- config
    vfs_zone vfs:4m;
--- must_die
--- error_log
"vfs_zone" directive is not allowed here



=== 14: a zone of another module
--- http_config
    limit_req_zone $server_name zone=vfs:4m rate=1r/s;
    vfs_zone vfs:4m;
--- config
--- must_die
--- error_log
the shared memory zone "vfs" is already declared for a different use



=== 15: an index that is no location
--- config
    vfs_index http://127.0.0.1:5080/;
--- must_die
--- error_log
invalid location "http://127.0.0.1:5080/" in "vfs_index" directive, expected a URI that begins with "/"



=== 16: an empty index
--- config
    vfs_index "";
--- must_die
--- error_log
invalid location "" in "vfs_index" directive, expected a URI that begins with "/"



=== 17: two indexes
--- config
    vfs_index /a/;
    vfs_index /b/;
--- must_die
--- error_log
"vfs_index" directive is duplicate



=== 18: topK of zero
--- config
    vfs_top_k 0;
--- must_die
--- error_log
invalid value "0" in "vfs_top_k" directive, expected 1 <= default <= max <= 10000



=== 19: a default beyond the maximum
--- config
    vfs_top_k 5 4;
--- must_die
--- error_log
invalid value "5 4" in "vfs_top_k" directive, expected 1 <= default <= max <= 10000



=== 20: topK beyond what an index takes
--- config
    vfs_top_k 5 10001;
--- must_die
--- error_log
invalid value "5 10001" in "vfs_top_k" directive, expected 1 <= default <= max <= 10000



=== 21: topK that is no number
--- config
    vfs_top_k five;
--- must_die
--- error_log
invalid value "five" in "vfs_top_k" directive, expected 1 <= default <= max <= 10000



=== 22: topK twice
--- config
    vfs_top_k 5;
    vfs_top_k 6;
--- must_die
--- error_log
"vfs_top_k" directive is duplicate



=== 23: a response size that is none
--- config
    vfs_max_response_size much;
--- must_die
--- error_log
"vfs_max_response_size" directive invalid value



=== 24: a key file that is not there
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/nothing;
--- must_die
--- error_log
/nothing" failed (2: No such file or directory)



=== 25: an empty key file
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
--- user_files eval: [['key', '']]
--- must_die
--- error_log eval
qr/no key in ".*" of "vfs_api_key_file" directive, expected a first line of 1 to 4096 printable characters without spaces/



=== 26: a key file that begins with an empty line
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
--- user_files eval: [['key', "\nsecret\n"]]
--- must_die
--- error_log
no key in "



=== 27: a key with a space, which the message does not tell
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
--- user_files eval: [['key', "top secret\n"]]
--- must_die
--- error_log
no key in "
--- no_error_log
secret



=== 28: a key beyond the limit
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
--- user_files eval: [['key', 'x' x 4097]]
--- must_die
--- error_log
no key in "



=== 29: a directory as a key file
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR;
--- must_die
--- error_log
failed (21: Is a directory)



=== 30: a prefix that is not ASCII
--- config
    vfs_user_prefix "é:";
--- must_die
--- error_log
invalid prefix "é:" in "vfs_user_prefix" directive, expected printable ASCII characters but spaces



=== 31: a prefix with a space
--- config
    vfs_item_prefix "a b";
--- must_die
--- error_log
invalid prefix "a b" in "vfs_item_prefix" directive, expected printable ASCII characters but spaces



=== 32: a prefix twice
--- config
    vfs_user_prefix a;
    vfs_user_prefix b;
--- must_die
--- error_log
"vfs_user_prefix" directive is duplicate



=== 33: an empty namespace
--- config
    vfs_user_namespace "";
--- must_die
--- error_log
invalid namespace "" in "vfs_user_namespace" directive, expected 1 to 512 printable ASCII characters



=== 34: a cache control with a line break
--- config
    vfs_cache_control "no-store
X-Injected: 1";
--- must_die
--- error_log
invalid value, expected printable characters or "off"



=== 35: an etag that is neither on nor off
--- config
    vfs_etag maybe;
--- must_die
--- error_log
invalid value "maybe" in "vfs_etag" directive, it must be "on" or "off"



=== 36: streams that are no number
--- config
    vfs_max_streams some;
--- must_die
--- error_log
"vfs_max_streams" directive invalid number



=== 37: cache control twice
--- config
    vfs_cache_control off;
    vfs_cache_control off;
--- must_die
--- error_log
"vfs_cache_control" directive is duplicate



=== 38: namespaces of http, a prefix of server
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



=== 39: those of a location come first
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



=== 40: the prefix of the answer's ids
--- config
    vfs_user_prefix customer-;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body chomp
{"sourceUserId":"1","similar":[{"id":"2","score":1}]}



=== 41: another location for the index, without its last slash
--- config
    vfs_index /elsewhere;
    location = /s { vfs_similar user 1; }
    location /elsewhere/ { internal; proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/prefix/; }
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /prefix/query



=== 42: the default of topK
--- http_config
    vfs_top_k 7;
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
"topK":8,



=== 43: the default and the maximum of topK, from the server
--- config
    vfs_top_k 7 9;
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s?topK=9', 'GET /s?topK=10']
--- error_code eval: [200, 400]
--- response_body_like eval
[qr/similar/, qr/topK: expected an integer from 1 to 9, got/]



=== 44: a default beyond the built-in maximum raises it
--- config
    vfs_top_k 50;
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s?topK=50', 'GET /s?topK=51']
--- error_code eval: [200, 400]
--- response_body_like eval
[qr/similar/, qr/topK: expected an integer from 1 to 50, got/]



=== 45: the largest topK asks for no more than an index gives
--- config
    vfs_top_k 10000;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
"topK":10000,



=== 46: the key of a file
--- config
    vfs_api_key_file $TEST_NGINX_HTML_DIR/key;
    location = /s { vfs_similar user 1; }
--- user_files eval: [['key', "s3cret-key\nand a remark\n"]]
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /query [s3cret-key]



=== 47: without a key there is no header
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_body_like: similar
--- access_log
mock: POST /query []



=== 48: no-store by default
--- config
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_headers
Cache-Control: no-store
!ETag
--- response_body_like: similar



=== 49: cache control of the operator, for answers but not for errors
--- config
    vfs_cache_control "max-age=5";
    location = /s { vfs_similar user 1; }
--- request eval: ['GET /s', 'GET /s?topK=0']
--- error_code eval: [200, 400]
--- response_headers eval
['Cache-Control: max-age=5', 'Cache-Control: no-store']



=== 50: no cache control
--- config
    vfs_cache_control "max-age=5";
    location = /s { vfs_cache_control off; vfs_similar user 1; }
--- request
GET /s
--- response_headers
!Cache-Control
--- response_body_like: similar



=== 51: an etag
--- config
    vfs_etag on;
    location = /s { vfs_similar user 1; }
--- request
GET /s
--- response_headers eval: "ETag: $::etag"
--- response_body eval: $::answer



=== 52: the etag that the client has
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



=== 53: a key that the index repeats is kept out of the log
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
