# Answers of the index that are no JSON, or not the JSON that was asked for

use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

our $http_config = <<'_EOC_';
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log off;
        root $TEST_NGINX_HTML_DIR;
        error_page 405 =200 /answer;

        location / {
            try_files /answer =404;
        }
    }
_EOC_

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location ~ ^/s/(?<id>.+)$ {
        vfs_similar user $id;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
    }
_EOC_

# Blocks without expectations of their own get those of an unusable answer.

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config);
    $block->set_value('config', $config);

    if (!defined $block->response_body) {
        $block->set_value('error_code', '502');
        $block->set_value('response_body',
            '{"error":"The vector index gave no usable answer."}');
    }

    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

sub fetch {
    my ($vector, $rest) = @_;

    return [['answer', qq({"vectors":{"user:u1":$vector}) . ($rest // '}')]];
}

sub matches {
    return [['answer', qq({"matches":[$_[0]]})]];
}

plan tests => blocks() * 5 - 5;

run_tests();

__DATA__

=== 1: no JSON
--- user_files
>>> answer
<html>504 Gateway Time-out</html>
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected a value,



=== 2: an array
--- user_files
>>> answer
[]
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: answer is not an object,



=== 3: an object without vectors
--- user_files
>>> answer
{"namespace":"x"}
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: no vectors or matches,



=== 4: vectors that are an array
--- user_files
>>> answer
{"vectors":[]}
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: vectors or matches of a wrong type,



=== 5: a vector that is no object
--- user_files eval: main::fetch('1')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: a vector is not an object,



=== 6: a vector without values
--- user_files eval: main::fetch('{"id":"user:u1"}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: a vector has no values,



=== 7: values that are a string
--- user_files eval: main::fetch('{"values":"1,2"}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: member of a wrong type,



=== 8: a value that is a string
--- user_files eval: main::fetch('{"values":[1,"2"]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: a value is not a number,



=== 9: a value that is null
--- user_files eval: main::fetch('{"values":[1,null]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: a value is not a number,



=== 10: NaN
--- user_files eval: main::fetch('{"values":[1,NaN]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected a value,



=== 11: Infinity
--- user_files eval: main::fetch('{"values":[1,-Infinity]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected a value,



=== 12: a number with a leading zero
--- user_files eval: main::fetch('{"values":[01]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected ',' or ']',



=== 13: a comma too many
--- user_files eval: main::fetch('{"values":[1,]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected a value,



=== 14: values twice
--- user_files eval: main::fetch('{"values":[1],"values":[2]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: duplicate member,



=== 15: metadata twice
--- user_files eval: main::fetch('{"values":[1],"metadata":{},"metadata":{"a":1}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: duplicate member,



=== 16: a name twice within the metadata
--- user_files eval: main::fetch('{"values":[1],"metadata":{"a":1,"b":2,"\u0061":3}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: duplicate member,



=== 17: vectors twice
--- user_files eval: main::fetch('{"values":[1]}', ',"vectors":{}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: duplicate member,



=== 18: metadata that is an array
--- user_files eval: main::fetch('{"values":[1],"metadata":[]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: member of a wrong type,



=== 19: metadata that is null is none
--- user_files eval: main::fetch('{"values":[1],"metadata":null}')
--- request
GET /u/u1
--- response_body chomp
{"id":"u1","values":[1],"metadata":{}}



=== 20: another vector than was asked for
--- user_files
>>> answer
{"vectors":{"user:u2":{"values":[1]}}}
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: another vector than was asked for,



=== 21: more vectors than were asked for
--- user_files eval: main::fetch('{"values":[1]},"user:u2":{"values":[1]}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: more vectors than asked for,



=== 22: text behind the object
--- user_files eval: main::fetch('{"values":[1]}', '} x')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: text behind the value,



=== 23: the last brace is missing
--- user_files eval: main::fetch('{"values":[1]}', '')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: unexpected end,



=== 24: metadata nested too deeply
--- user_files eval: main::fetch('{"values":[1],"metadata":{"a":' . '[' x 1000 . ']' x 1000 . '}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: nested too deeply,



=== 25: an unknown member nested too deeply
--- user_files eval: [['answer', '{"x":' . '{"a":' x 100000]]
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: nested too deeply,



=== 26: a megabyte of open brackets
--- user_files eval: [['answer', '[' x 1048576]]
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: answer is not an object,



=== 27: invalid UTF-8 in the metadata
--- user_files eval: main::fetch("{\"values\":[1],\"metadata\":{\"a\":\"\xc3\x28\"}}")
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: invalid UTF-8,



=== 28: an overlong form in a name
--- user_files eval: main::fetch("{\"values\":[1],\"metadata\":{\"\xc0\xaf\":1}}")
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: invalid UTF-8,



=== 29: half a surrogate
--- user_files eval: main::fetch('{"values":[1],"metadata":{"a":"\ud800"}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: unpaired surrogate,



=== 30: a control character in a string
--- user_files eval: main::fetch("{\"values\":[1],\"metadata\":{\"a\":\"\n\"}}")
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: control character in a string,



=== 31: a zero byte
--- user_files eval: main::fetch("{\"values\":[1\0]}")
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: expected ',' or ']',



=== 32: four-byte characters pass
--- user_files eval: main::fetch("{\"values\":[1],\"metadata\":{\"a\":\"\xf0\x9f\x98\x80\"}}")
--- request
GET /u/u1
--- response_body eval
"{\"id\":\"u1\",\"values\":[1],\"metadata\":{\"a\":\"\xf0\x9f\x98\x80\"}}"



=== 33: a number of ten thousand digits passes as it is
--- user_files eval: main::fetch('{"values":[1' . '0' x 10000 . ']}')
--- request
GET /u/u1
--- response_body eval
'{"id":"u1","values":[1' . '0' x 10000 . '],"metadata":{}}'



=== 34: a name of a megabyte
--- user_files eval: [['answer', '{"' . 'x' x 1000000 . '":1}']]
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: no vectors or matches,



=== 35: metadata with a thousand members
--- user_files eval: main::fetch('{"values":[1],"metadata":{' . join(',', map { "\"m$_\":$_" } 1 .. 1000) . '}}')
--- request
GET /u/u1
--- response_body eval
'{"id":"u1","values":[1],"metadata":{' . join(',', map { "\"m$_\":$_" } 1 .. 1000) . '}}'



=== 36: a thousand members, one of them twice
--- user_files eval: main::fetch('{"values":[1],"metadata":{' . join(',', map { "\"m$_\":$_" } 1 .. 1000) . ',"m500":0}}')
--- request
GET /u/u1
--- error_log
vfs: fetch of the index failed: duplicate member,



=== 37: matches that are an object
--- user_files
>>> answer
{"matches":{}}
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: vectors or matches of a wrong type,



=== 38: a match that is a string
--- user_files eval: main::matches('"user:u1"')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: a match is not an object,



=== 39: a match without an id
--- user_files eval: main::matches('{"score":1}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: a match has no id or no score,



=== 40: a match without a score
--- user_files eval: main::matches('{"id":"user:u2"}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: a match has no id or no score,



=== 41: a score that is a string
--- user_files eval: main::matches('{"id":"user:u2","score":"1"}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: member of a wrong type,



=== 42: an id that is a number
--- user_files eval: main::matches('{"id":2,"score":1}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: member of a wrong type,



=== 43: an id twice in a match
--- user_files eval: main::matches('{"id":"user:u2","score":1,"id":"user:u3"}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: duplicate member,



=== 44: a name twice in a match's metadata
--- user_files eval: main::matches('{"id":"user:u2","score":1,"metadata":{"a":1,"a":1}}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: duplicate member,



=== 45: matches that end too early
--- user_files
>>> answer
{"matches":[{"id":"user:u2","score":1},
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: unexpected end,



=== 46: a fault behind the matches that count
--- user_files eval: main::matches(join ',', ('{"id":"user:u2","score":1}') x 10, '{"id":"user:u3","score":nil}')
--- request
GET /s/u1
--- error_log
vfs: query of the index failed: expected a value,



=== 47: an id with quotes and markup stays escaped
--- user_files eval: main::matches('{"id":"user:\"<b>\u0000","score":1}')
--- request
GET /s/u1
--- response_body chomp
{"sourceUserId":"u1","similar":[{"id":"\"<b>\u0000","score":1}]}
