# GET features/user/{id} and features/item/{id}

use Test::Nginx::Socket;

repeat_each(2);

our $http_config = <<'_EOC_';
    log_format mock escape=none 'mock: $request_method $request_uri';

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;
        default_type application/json;

        location = /vectors/fetch {
            if ($arg_ids = "user%3Au1") {
                return 200 '{"vectors":{"user:u1":{"id":"user:u1","values":[1,-0.5,1e-7,0.10000000149011612],"metadata":{"name":"A","n":1.50}}},"namespace":"user-features","usage":{"readUnits":1}}';
            }

            if ($arg_ids = "user%3Abare") {
                return 200 '{"vectors":{"user:bare":{"id":"user:bare","values":[0.25]}},"namespace":"user-features"}';
            }

            if ($arg_ids = "user%3Aspaced") {
                return 200 ' { "namespace" : "" , "vectors" : { "user:spaced" : { "metadata" : { "a" : [ "b" , "c" ] } , "sparseValues" : { "indices" : [ 1 ] } , "values" : [ 1 , 2 ] , "id" : "user:spaced" } } } ';
            }

            if ($arg_ids = "user%3Aescaped") {
                return 200 '{"vectors":{"us\\u0065r:escaped":{"v\\u0061lues":[7],"metadata":{"t":"\\u00e9\\n\\"café"}}}}';
            }

            if ($arg_ids = "item%3Ai1") {
                return 200 '{"vectors":{"item:i1":{"id":"item:i1","values":[3]}},"namespace":"item-features"}';
            }

            return 200 '{"vectors":{},"namespace":"","usage":{"readUnits":1}}';
        }
    }
_EOC_

our $config = <<'_EOC_';
    location ~ ^/features/(?<entity>\w+)/(?<id>[^/]*)$ {
        vfs_fetch $entity $id;
    }

    location = /variable {
        vfs_fetch user $arg_id;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $config);
});

plan tests => repeat_each() * (blocks() * 3 + 5);

run_tests();

__DATA__

=== 1: a user's vector, its numbers as the index wrote them
--- request
GET /features/user/u1
--- response_headers
Content-Type: application/json
--- response_body chomp
{"id":"u1","values":[1,-0.5,1e-7,0.10000000149011612],"metadata":{"name":"A","n":1.50}}
--- no_error_log
[error]



=== 2: what the index is asked
--- request
GET /features/user/u1
--- access_log
mock: GET /vectors/fetch?ids=user%3Au1&namespace=user-features
--- no_error_log
[error]



=== 3: an item's vector, from its own namespace
--- request
GET /features/item/i1
--- response_body chomp
{"id":"i1","values":[3],"metadata":{}}
--- access_log
mock: GET /vectors/fetch?ids=item%3Ai1&namespace=item-features



=== 4: a record without metadata has an empty object
--- request
GET /features/user/bare
--- response_body chomp
{"id":"bare","values":[0.25],"metadata":{}}
--- no_error_log
[error]



=== 5: members in another order, with white space and unknown members
--- request
GET /features/user/spaced
--- response_body chomp
{"id":"spaced","values":[ 1 , 2 ],"metadata":{ "a" : [ "b" , "c" ] }}
--- no_error_log
[error]



=== 6: names that the index has written with escapes
--- request
GET /features/user/escaped
--- response_body eval
"{\"id\":\"escaped\",\"values\":[7],\"metadata\":{\"t\":\"\\u00e9\\n\\\"caf\xc3\xa9\"}}"
--- no_error_log
[error]



=== 7: an unknown user
--- request
GET /features/user/nobody
--- error_code: 404
--- response_headers
Content-Type: application/json
Cache-Control: no-store
--- response_body chomp
{"error":"User feature vector not found."}



=== 8: an unknown item
--- request
GET /features/item/nothing
--- error_code: 404
--- response_body chomp
{"error":"Item feature vector not found."}
--- no_error_log
[error]



=== 9: an entity that is none
--- request
GET /features/group/g1
--- error_code: 400
--- response_body chomp
{"error":"entity: expected \"user\" or \"item\""}
--- no_error_log
[error]



=== 10: an empty id
--- request
GET /features/user/
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\""}
--- no_error_log
[error]



=== 11: an id of 128 characters
--- request eval
"GET /features/user/" . "a" x 128
--- error_code: 404
--- response_body chomp
{"error":"User feature vector not found."}
--- no_error_log
[error]



=== 12: an id of 129 characters
--- request eval
"GET /features/user/" . "a" x 129
--- error_code: 400
--- response_body_like: ^\{"error":"id: expected 1 to 128 characters of \[A-Za-z0-9_-\], got \\"a{129}\\""\}$
--- no_error_log
[error]



=== 13: a long id is quoted in part
--- request eval
"GET /features/user/" . "a" x 4000
--- error_code: 400
--- response_body_like: got \\"a+\.\.\.\\""\}$
--- no_error_log
[error]



=== 14: every allowed character
--- request
GET /features/user/azAZ09_-
--- error_code: 404
--- access_log
mock: GET /vectors/fetch?ids=user%3AazAZ09_-&namespace=user-features
--- no_error_log
[error]



=== 15: an id with an ampersand does not reach the index
--- request
GET /features/user/u1%26namespace=x
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"u1&namespace=x\""}
--- no_error_log
vfs subrequest



=== 16: an id with a line break
--- request
GET /features/user/u1%0d%0aX-Header:%20y
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"u1\\x0d\\x0aX-Header: y\""}
--- no_error_log
[error]



=== 17: an id that ends in a line break
--- request
GET /features/user/u1%0a
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"u1\\x0a\""}
--- no_error_log
[error]



=== 18: a zero byte in the path is refused by nginx itself
--- request
GET /features/user/u1%00
--- error_code: 400
--- no_error_log
[error]
vfs subrequest



=== 19: an id with quotes and a backslash
--- request
GET /features/user/%22%5c%22
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\"\\\"\""}
--- no_error_log
[error]



=== 20: an id with a character of four bytes
--- request
GET /features/user/%f0%9f%98%80
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\\xf0\\x9f\\x98\\x80\""}
--- no_error_log
[error]



=== 21: an id that is no UTF-8
--- request
GET /features/user/%ff%fe
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\\xff\\xfe\""}
--- no_error_log
[error]



=== 22: the id from a query argument
--- request
GET /variable?id=u1
--- response_body_like: ^\{"id":"u1","values"
--- no_error_log
[error]



=== 23: an argument that is not there is an empty id
--- request
GET /variable
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\""}
--- no_error_log
[error]



=== 24: HEAD has the length and no body
--- request
HEAD /features/user/bare
--- response_headers
Content-Type: application/json
Content-Length: 43
--- response_body
--- no_error_log
[error]



=== 25: HEAD of an unknown user
--- request
HEAD /features/user/nobody
--- error_code: 404
--- response_headers
Content-Length: 42
--- response_body
--- no_error_log
[error]



=== 26: POST is not allowed
--- request
POST /features/user/u1
{}
--- error_code: 405
--- response_headers
Allow: GET, HEAD
--- response_body chomp
{"error":"Method not allowed, expected GET, HEAD."}



=== 27: OPTIONS is not allowed
--- request
OPTIONS /features/user/u1
--- error_code: 405
--- response_headers
Allow: GET, HEAD
--- no_error_log
[error]



=== 28: a GET with a body
--- request
GET /features/user/bare
some text of no use
--- response_body chomp
{"id":"bare","values":[0.25],"metadata":{}}
--- no_error_log
[error]
