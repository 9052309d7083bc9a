# GET features/user/{id}/similar and recommend/user/{id}

use Test::Nginx::Socket;

repeat_each(2);

# The first server logs what the index is asked, the second one answers.

our $http_config = <<'_EOC_';
    log_format mock escape=none
        'mock: $request_method $request_uri $request_body';

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;

        location / {
            proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2;
            proxy_set_header X-Body $request_body;
        }
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        access_log off;

        location = /vectors/fetch {
            if ($arg_ids = "user%3Au1") {
                return 200 '{"vectors":{"user:u1":{"id":"user:u1","values":[1.50,-2e-3],"metadata":{"a":1}}}}';
            }

            if ($arg_ids = "user%3Anovalues") {
                return 200 '{"vectors":{"user:novalues":{"id":"user:novalues","values":[]}}}';
            }

            return 200 '{"vectors":{}}';
        }

        location = /query {
            if ($http_x_body ~ '"id":"user:u1"') {
                return 200 '{"results":[],"matches":[{"id":"user:u1","score":1,"values":[]},{"id":"user:u2","score":0.90,"values":[],"metadata":{"a":2}},{"id":"user:u3","score":-1e-3,"values":[]}],"namespace":"user-features","usage":{"readUnits":6}}';
            }

            if ($http_x_body ~ '"id":"user:last"') {
                return 200 '{"matches":[{"id":"user:u2","score":5},{"id":"user:u3","score":4},{"id":"user:u4","score":3}]}';
            }

            if ($http_x_body ~ '"id":"user:lonely"') {
                return 200 '{"matches":[{"id":"user:lonely","score":1}]}';
            }

            if ($http_x_body ~ '"id":"user:odd"') {
                return 200 '{"matches":[{"id":"user:odd","score":1},{"id":"stranger","score":0.5},{"score":0.25,"metadata":null,"id":"user:q\\"uote"}]}';
            }

            if ($http_x_body ~ '"id":"user:many"') {
                return 200 '{"matches":[{"id":"a","score":1},{"id":"b","score":1},{"id":"c","score":1},{"id":"d","score":1}]}';
            }

            if ($http_x_body ~ '"id":"item:i1"') {
                return 200 '{"matches":[{"id":"item:i1","score":1},{"id":"item:i2","score":0.5,"metadata":{"name":"B"}}]}';
            }

            if ($http_x_body ~ '"vector"') {
                return 200 '{"matches":[{"id":"item:i1","score":0.99,"metadata":{"name":"A"}},{"id":"user:u1","score":0.5}]}';
            }

            return 200 '{"results":[],"matches":[],"namespace":"user-features"}';
        }
    }
_EOC_

our $config = <<'_EOC_';
    location ~ ^/(?<entity>user|item)/(?<id>.+)/similar$ {
        vfs_similar $entity $id;
    }

    location = /k {
        vfs_similar user $arg_id $arg_k;
    }

    location ~ ^/recommend/(?<id>.*)$ {
        vfs_recommend $id;
    }

    location = /n {
        vfs_recommend $arg_id $arg_n;
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
    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => repeat_each() * (blocks() * 4 + 6);

run_tests();

__DATA__

=== 1: similar users, itself left out, prefixes removed
--- request
GET /user/u1/similar
--- response_headers
Content-Type: application/json
--- response_body chomp
{"sourceUserId":"u1","similar":[{"id":"u2","score":0.90,"metadata":{"a":2}},{"id":"u3","score":-1e-3}]}



=== 2: one round trip, one neighbour more than asked for
--- request
GET /user/u1/similar
--- response_body_like: sourceUserId
--- access_log eval
'mock: POST /query {"topK":6,"includeMetadata":true,"includeValues":false,"namespace":"user-features","id":"user:u1"}'
--- no_error_log
[error]



=== 3: topK
--- request
GET /user/u1/similar?topK=1
--- response_body chomp
{"sourceUserId":"u1","similar":[{"id":"u2","score":0.90,"metadata":{"a":2}}]}
--- access_log
"topK":2,
--- no_error_log
[error]



=== 4: the source is not among the neighbours
--- request
GET /user/last/similar?topK=2
--- response_body chomp
{"sourceUserId":"last","similar":[{"id":"u2","score":5},{"id":"u3","score":4}]}



=== 5: nobody else
--- request
GET /user/lonely/similar
--- response_body chomp
{"sourceUserId":"lonely","similar":[]}



=== 6: an unknown source
--- request
GET /user/nobody/similar
--- error_code: 404
--- response_body chomp
{"error":"Source user feature vector not found."}



=== 7: similar items
--- request
GET /item/i1/similar
--- response_body chomp
{"sourceItemId":"i1","similar":[{"id":"i2","score":0.5,"metadata":{"name":"B"}}]}
--- access_log
"namespace":"item-features","id":"item:i1"
--- no_error_log
[error]



=== 8: an unknown item
--- request
GET /item/nothing/similar
--- error_code: 404
--- response_body chomp
{"error":"Source item feature vector not found."}



=== 9: ids of another form stay as they are
--- request
GET /user/odd/similar
--- response_body chomp
{"sourceUserId":"odd","similar":[{"id":"stranger","score":0.5},{"id":"q\"uote","score":0.25}]}



=== 10: more neighbours than asked for are cut off
--- request
GET /user/many/similar?topK=2
--- response_body chomp
{"sourceUserId":"many","similar":[{"id":"a","score":1},{"id":"b","score":1}]}



=== 11: the largest topK
--- request
GET /user/u1/similar?topK=20
--- response_body_like: sourceUserId
--- access_log
"topK":21,
--- no_error_log
[error]



=== 12: topK of zero
--- request
GET /user/u1/similar?topK=0
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"0\""}



=== 13: topK beyond the maximum
--- request
GET /user/u1/similar?topK=21
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"21\""}



=== 14: topK with a sign
--- request
GET /user/u1/similar?topK=-1
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"-1\""}



=== 15: topK with a fraction
--- request
GET /user/u1/similar?topK=1.0
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"1.0\""}



=== 16: topK that overflows
--- request
GET /user/u1/similar?topK=18446744073709551617
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"18446744073709551617\""}



=== 17: topK that is empty
--- request
GET /user/u1/similar?topK=
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"\""}



=== 18: topK with quotes and markup
--- request
GET /user/u1/similar?topK=%22<b>
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 20, got \"%22<b>\""}



=== 19: topK among other arguments
--- request
GET /user/u1/similar?x=1&topK=1&y
--- response_body_like: \[\{"id":"u2".*\}\]\}$
--- access_log
"topK":2,
--- no_error_log
[error]



=== 20: an invalid id
--- request
GET /user/a%20b/similar
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"a b\""}



=== 21: topK from a variable
--- request
GET /k?id=u1&k=1
--- response_body_like: \[\{"id":"u2".*\}\]\}$
--- access_log
"topK":2,
--- no_error_log
[error]



=== 22: an empty variable is the default
--- request
GET /k?id=u1
--- response_body_like: sourceUserId
--- access_log
"topK":6,
--- no_error_log
[error]



=== 23: HEAD
--- request
HEAD /user/lonely/similar
--- response_headers
Content-Length: 38
--- response_body



=== 24: POST is not allowed
--- request
POST /user/u1/similar
--- error_code: 405
--- response_headers
Allow: GET, HEAD



=== 25: recommend, items for a user
--- request
GET /recommend/u1
--- response_headers
Content-Type: application/json
--- response_body chomp
{"userId":"u1","items":[{"id":"i1","score":0.99,"metadata":{"name":"A"}},{"id":"user:u1","score":0.5}]}



=== 26: recommend asks with the bytes that it was given
--- request
GET /recommend/u1
--- response_body_like: userId
--- access_log eval
['mock: GET /vectors/fetch?ids=user%3Au1&namespace=user-features',
 'mock: POST /query {"topK":10,"includeMetadata":true,"includeValues":false,"namespace":"item-features","vector":[1.50,-2e-3]}']



=== 27: recommend for an unknown user, no query follows
--- request
GET /recommend/nobody
--- error_code: 404
--- response_body chomp
{"error":"Source user feature vector not found."}
--- no_error_log
/_vfs/query



=== 28: recommend, topK
--- request
GET /recommend/u1?topK=100
--- response_body_like: userId
--- access_log
"topK":100,
--- no_error_log
[error]



=== 29: recommend, topK beyond the maximum
--- request
GET /recommend/u1?topK=101
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 100, got \"101\""}



=== 30: recommend, topK from a variable
--- request
GET /n?id=u1&n=7
--- response_body_like: userId
--- access_log
"topK":7,
--- no_error_log
[error]



=== 31: recommend, an invalid id
--- request
GET /recommend/
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-], got \"\""}



=== 32: recommend, HEAD
--- request
HEAD /recommend/u1
--- response_headers
Content-Length: 103
--- response_body



=== 33: recommend for a record without dense values
--- request
GET /recommend/novalues
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
vfs: fetch of the index failed: a vector without values
