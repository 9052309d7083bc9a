# POST features/user/batch

use Test::Nginx::Socket;

our $http_config = <<'_EOC_';
    log_format mock escape=none 'mock: $request_method $request_uri';

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;
        large_client_header_buffers 4 32k;

        location = /vectors/fetch {
            if ($args ~ "namespace=item-features") {
                return 200 '{"vectors":{"item:i1":{"id":"item:i1","values":[5]}}}';
            }

            if ($args ~ "ids=user%3Astrange") {
                return 200 '{"vectors":{"user:other":{"values":[5]}}}';
            }

            if ($args ~ "ids=user%3Atwice") {
                return 200 '{"vectors":{"user:twice":{"values":[5]},"user:twice":{"values":[6]}}}';
            }

            if ($args ~ "ids=user%3Amany") {
                return 200 '{"vectors":{"user:many":{"values":[5]},"user:more":{"values":[6]}}}';
            }

            if ($args ~ "ids=user%3Au2&ids=user%3Ano&ids=user%3Au1") {
                return 200 '{"vectors":{"user:u1":{"id":"user:u1","values":[1,2.50]},"user:u2":{"id":"user:u2","values":[3],"metadata":{"a":"b"}}},"namespace":"user-features"}';
            }

            return 200 '{"vectors":{}}';
        }
    }
_EOC_

our $config = <<'_EOC_';
    location ~ ^/(?<entity>user|item)/batch$ {
        client_max_body_size 40k;
        client_body_buffer_size 1k;
        vfs_batch $entity;
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
    $block->set_value('more_headers', 'Content-Type: application/json')
        if !defined $block->more_headers;
    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => blocks() * 4 + 6;

run_tests();

__DATA__

=== 1: vectors in the order of the request, and who is missing
--- request
POST /user/batch
{"ids":["u2","no","u1"]}
--- response_headers
Content-Type: application/json
--- response_body chomp
{"features":[{"id":"u2","values":[3],"metadata":{"a":"b"}},{"id":"u1","values":[1,2.50],"metadata":{}}],"missing":["no"]}



=== 2: one request to the index for all of them
--- request
POST /user/batch
{"ids":["u2","no","u1"]}
--- response_body_like: features
--- access_log
mock: GET /vectors/fetch?ids=user%3Au2&ids=user%3Ano&ids=user%3Au1&namespace=user-features
--- no_error_log
[error]



=== 3: items
--- request
POST /item/batch
{"ids":["i1"]}
--- response_body chomp
{"features":[{"id":"i1","values":[5],"metadata":{}}],"missing":[]}



=== 4: none is there
--- request
POST /user/batch
{"ids":["x","y"]}
--- response_body chomp
{"features":[],"missing":["x","y"]}



=== 5: an id named twice is answered once
--- request
POST /user/batch
{"ids":["u2","no","u1","u2","no"]}
--- response_body_like: "missing":\["no"\]\}$
--- access_log
mock: GET /vectors/fetch?ids=user%3Au2&ids=user%3Ano&ids=user%3Au1&namespace=user-features
--- no_error_log
[error]



=== 6: 100 ids of full length
--- request eval
'POST /user/batch
{"ids":[' . join(',', map { sprintf '"%0128d"', $_ } 1 .. 100) . ']}'
--- response_body eval
'{"features":[],"missing":[' . join(',', map { sprintf '"%0128d"', $_ } 1 .. 100) . ']}'



=== 7: 101 ids
--- request eval
'POST /user/batch
{"ids":[' . join(',', map { "\"$_\"" } 1 .. 101) . ']}'
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 8: no ids
--- request
POST /user/batch
{"ids":[]}
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 9: ids that are no array
--- request
POST /user/batch
{"ids":"u1"}
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 10: an empty object
--- request
POST /user/batch
{}
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 11: ids twice
--- request
POST /user/batch
{"ids":["u1"],"ids":["u2"]}
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 12: an id that is a number
--- request
POST /user/batch
{"ids":["u1",2]}
--- error_code: 400
--- response_body chomp
{"error":"ids[1]: expected a string"}



=== 13: an id that is invalid
--- request
POST /user/batch
{"ids":["u1","u2","a b"]}
--- error_code: 400
--- response_body chomp
{"error":"ids[2]: expected 1 to 128 characters of [A-Za-z0-9_-]"}



=== 14: an id with an escape is the same id, and its answer has none
--- request
POST /user/batch
{"ids":["u\u0032","\u006eo","u1","\u00751"]}
--- response_body chomp
{"features":[{"id":"u2","values":[3],"metadata":{"a":"b"}},{"id":"u1","values":[1,2.50],"metadata":{}}],"missing":["no"]}



=== 15: an empty id
--- request
POST /user/batch
{"ids":[""]}
--- error_code: 400
--- response_body chomp
{"error":"ids[0]: expected 1 to 128 characters of [A-Za-z0-9_-]"}



=== 16: an unknown member
--- request
POST /user/batch
{"ids":["u1"],"topK":1}
--- error_code: 400
--- response_body chomp
{"error":"body: unknown member \"topK\""}



=== 17: an array instead of an object
--- request
POST /user/batch
["u1"]
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object"}



=== 18: text that is no JSON
--- request
POST /user/batch
ids=u1
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, expected a value at byte 0"}



=== 19: text that ends too early
--- request
POST /user/batch
{"ids":["u1"
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, unexpected end at byte 12"}



=== 20: text behind the object
--- request
POST /user/batch
{"ids":["u1"]} {}
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, text behind the value at byte 15"}



=== 21: an empty body
--- request
POST /user/batch
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, got nothing"}



=== 22: nesting without end
--- request eval
"POST /user/batch\n" . '[' x 10000
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object"}



=== 23: nesting within ids
--- request eval
"POST /user/batch\n" . '{"ids":' . '[' x 10000
--- error_code: 400
--- response_body chomp
{"error":"ids[0]: expected a string"}



=== 24: invalid UTF-8
--- request eval
"POST /user/batch\n{\"ids\":[\"\xff\"]}"
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, invalid UTF-8 at byte 9"}



=== 25: another content type
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- request
POST /user/batch
{"ids":["u1"]}
--- error_code: 415
--- response_body chomp
{"error":"Content-Type: expected application/json"}



=== 26: no content type
--- more_headers
--- request
POST /user/batch
{"ids":["u1"]}
--- error_code: 415
--- response_body chomp
{"error":"Content-Type: expected application/json"}



=== 27: a content type that begins alike
--- more_headers
Content-Type: application/jsonp
--- request
POST /user/batch
{"ids":["u1"]}
--- error_code: 415
--- response_body chomp
{"error":"Content-Type: expected application/json"}



=== 28: a content type with a parameter, in capitals
--- more_headers
Content-Type: Application/JSON; charset=utf-8
--- request
POST /user/batch
{"ids":["x"]}
--- response_body chomp
{"features":[],"missing":["x"]}



=== 29: GET is not allowed
--- request
GET /user/batch
--- error_code: 405
--- response_headers
Allow: POST
--- response_body chomp
{"error":"Method not allowed, expected POST."}



=== 30: a body beyond the buffer, from a file
--- request eval
'POST /user/batch
{"ids":["u2",' . ' ' x 20000 . '"no","u1"]}'
--- response_body_like: "missing":\["no"\]\}$
--- error_log
a client request body is buffered to a temporary file



=== 31: a vector that was not asked for
--- request
POST /user/batch
{"ids":["strange"]}
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: another vector than was asked for



=== 32: a vector that comes twice
--- request
POST /user/batch
{"ids":["twice","x"]}
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: another vector than was asked for



=== 33: more vectors than were asked for
--- request
POST /user/batch
{"ids":["many"]}
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: more vectors than asked for



=== 34: an escape of a character that no id has
--- request
POST /user/batch
{"ids":["u1","u\u00e9"]}
--- error_code: 400
--- response_body chomp
{"error":"ids[1]: expected 1 to 128 characters of [A-Za-z0-9_-]"}



=== 35: an escaped zero byte
--- request
POST /user/batch
{"ids":["u1\u0000"]}
--- error_code: 400
--- response_body chomp
{"error":"ids[0]: expected 1 to 128 characters of [A-Za-z0-9_-]"}



=== 36: an id of 128 characters, each an escape
--- request eval
"POST /user/batch\n{\"ids\":[\"" . '\u0061' x 128 . '"]}'
--- response_body eval
'{"features":[],"missing":["' . 'a' x 128 . '"]}'



=== 37: an escaped id of 129 characters
--- request eval
"POST /user/batch\n{\"ids\":[\"" . '\u0061' x 129 . '"]}'
--- error_code: 400
--- response_body chomp
{"error":"ids[0]: expected 1 to 128 characters of [A-Za-z0-9_-]"}
