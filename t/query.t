# POST query

use Test::Nginx::Socket;

our $http_config = <<'_EOC_';
    log_format mock escape=none
        'mock: $request_method $request_uri $request_body';

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log logs/access.log mock;
        client_body_buffer_size 1m;

        location / {
            proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_2;
            proxy_set_header X-Bad $bad;
        }
    }

    map $request_body $bad {
        "~\[9\]"  1;
    }

    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_2;
        access_log off;

        location = /query {
            if ($http_x_bad) {
                return 400 '{"code":3,"message":"Vector dimension 1 does not match"}';
            }

            return 200 '{"matches":[{"id":"item:i1","score":0.9,"values":[1.0,2e5],"metadata":{"n":1}},{"id":"item:i2","score":0.1,"values":[]}],"namespace":"item-features"}';
        }
    }
_EOC_

our $config = <<'_EOC_';
    location = /query {
        client_body_buffer_size 1m;
        vfs_query;
    }

    location = /few {
        vfs_query;
        vfs_top_k 1 3;
    }

    location /_vfs/ {
        internal;
        client_max_body_size 4m;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $config);
    $block->set_value('more_headers', 'Content-Type: application/json');
    $block->set_value('no_error_log', "[alert]\n[crit]\n")
        if !defined $block->no_error_log;
});

plan tests => blocks() * 4 + 2;

run_tests();

__DATA__

=== 1: by id
--- request
POST /query
{"namespace":"item-features","id":"i9","topK":2}
--- response_headers
Content-Type: application/json
--- response_body chomp
{"matches":[{"id":"i1","score":0.9,"metadata":{"n":1}},{"id":"i2","score":0.1}]}



=== 2: what the index is asked, by id
--- request
POST /query
{"namespace":"user-features","id":"u9","topK":2}
--- response_body_like: matches
--- access_log eval
'mock: POST /query {"topK":2,"includeMetadata":false,"includeValues":false,"namespace":"user-features","id":"user:u9"}'
--- no_error_log
[error]



=== 3: by vector, its bytes unchanged
--- request
POST /query
{"vector":[1.50, -2e-3,0],"topK":10000,"namespace":"item-features"}
--- response_body_like: matches
--- access_log eval
'mock: POST /query {"topK":10000,"includeMetadata":false,"includeValues":false,"namespace":"item-features","vector":[1.50, -2e-3,0]}'
--- no_error_log
[error]



=== 4: with values, metadata and a filter
--- request
POST /query
{"namespace":"item-features","id":"i9","topK":2,"includeValues":true,"includeMetadata":true,"filter":{"genre":{"$eq":"drama"}, "n":1}}
--- response_body chomp
{"matches":[{"id":"i1","score":0.9,"values":[1.0,2e5],"metadata":{"n":1}},{"id":"i2","score":0.1,"values":[]}]}
--- access_log eval
'"includeMetadata":true,"includeValues":true,"namespace":"item-features","id":"item:i9","filter":{"genre":{"$eq":"drama"}, "n":1}}'
--- no_error_log
[error]



=== 5: the rest is cut off
--- request
POST /query
{"namespace":"item-features","id":"i9","topK":1}
--- response_body chomp
{"matches":[{"id":"i1","score":0.9,"metadata":{"n":1}}]}



=== 6: a vector of 20000 numbers
--- request eval
'POST /query
{"namespace":"item-features","topK":1,"vector":[' . join(',', ('-0.123456789') x 20000) . ']}'
--- response_body_like: matches



=== 7: a vector of 20001 numbers
--- request eval
'POST /query
{"namespace":"item-features","topK":1,"vector":[' . join(',', (1) x 20001) . ']}'
--- error_code: 400
--- response_body chomp
{"error":"vector: expected an array of 1 to 20000 numbers"}



=== 8: an empty vector
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[]}
--- error_code: 400
--- response_body chomp
{"error":"vector: expected an array of 1 to 20000 numbers"}



=== 9: a vector with a string in it
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[1,"2"]}
--- error_code: 400
--- response_body chomp
{"error":"vector: expected an array of 1 to 20000 numbers"}



=== 10: a vector in a vector
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[[1]]}
--- error_code: 400
--- response_body chomp
{"error":"vector: expected an array of 1 to 20000 numbers"}



=== 11: a vector with NaN
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[1,NaN]}
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, expected a value at byte 50"}



=== 12: a vector that the index refuses is the client's fault
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[9]}
--- error_code: 400
--- response_body chomp
{"error":"vector or filter: refused by the vector index, expected a vector of its dimension and a valid filter"}
--- error_log
vfs: query of the index failed: request refused, upstream status 400, 56 bytes: "{"code":3,"message":"Vector dimension 1 does not match"}"



=== 13: vector and id
--- request
POST /query
{"namespace":"item-features","topK":1,"vector":[1],"id":"i1"}
--- error_code: 400
--- response_body chomp
{"error":"vector, id: expected one of the two"}



=== 14: neither vector nor id
--- request
POST /query
{"namespace":"item-features","topK":1}
--- error_code: 400
--- response_body chomp
{"error":"vector, id: expected one of the two"}



=== 15: another namespace
--- request
POST /query
{"namespace":"secrets","topK":1,"id":"i1"}
--- error_code: 400
--- response_body chomp
{"error":"namespace: expected \"user-features\" or \"item-features\""}



=== 16: a namespace that is no string
--- request
POST /query
{"namespace":null,"topK":1,"id":"i1"}
--- error_code: 400
--- response_body chomp
{"error":"namespace: expected \"user-features\" or \"item-features\""}



=== 17: no namespace
--- request
POST /query
{"topK":1,"id":"i1"}
--- error_code: 400
--- response_body chomp
{"error":"namespace: expected a string, got nothing"}



=== 18: no topK
--- request
POST /query
{"namespace":"item-features","id":"i1"}
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 10000, got nothing"}



=== 19: topK of zero
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":0}
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 10000"}



=== 20: topK beyond the maximum of the location
--- request
POST /few
{"namespace":"item-features","id":"i1","topK":4}
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 3"}



=== 21: topK as a string
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":"5"}
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 10000"}



=== 22: topK with an exponent
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1e1}
--- error_code: 400
--- response_body chomp
{"error":"topK: expected an integer from 1 to 10000"}



=== 23: an invalid id
--- request
POST /query
{"namespace":"item-features","id":"a/b","topK":1}
--- error_code: 400
--- response_body chomp
{"error":"id: expected 1 to 128 characters of [A-Za-z0-9_-]"}



=== 24: includeValues that is no boolean
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1,"includeValues":"true"}
--- error_code: 400
--- response_body chomp
{"error":"includeValues: expected true or false"}



=== 25: includeMetadata that is no boolean
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1,"includeMetadata":0}
--- error_code: 400
--- response_body chomp
{"error":"includeMetadata: expected true or false"}



=== 26: a member twice
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1,"id":"i2"}
--- error_code: 400
--- response_body chomp
{"error":"id: expected one member of the name"}



=== 27: an unknown member
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1,"sparseVector":{}}
--- error_code: 400
--- response_body chomp
{"error":"body: unknown member \"sparseVector\""}



=== 28: an unknown member with a long and unprintable name
--- request eval
"POST /query\n{\"\\u0007\xc3\xa9" . 'n' x 100 . '":1}'
--- error_code: 400
--- response_body_like: ^\{"error":"body: unknown member \\"\\\\u0007\\\\xc3\\\\xa9n+\.\.\.\\""\}$



=== 29: text behind the object
--- request
POST /query
{"namespace":"item-features","id":"i1","topK":1}]
--- error_code: 400
--- response_body_like: text behind the value at byte 48



=== 30: GET is not allowed
--- request
GET /query
--- error_code: 405
--- response_headers
Allow: POST



=== 31: a name with an escape is the same name
--- request
POST /query
{"n\u0061mespace":"item-features","id":"i1","topK":1}
--- response_body_like: ^\{"matches":



=== 32: an id and a namespace with escapes
--- request
POST /query
{"namespace":"user\u002dfeatures","id":"\u00759","topK":2}
--- response_body_like: matches
--- access_log eval
'mock: POST /query {"topK":2,"includeMetadata":false,"includeValues":false,"namespace":"user-features","id":"user:u9"}'
--- no_error_log
[error]
