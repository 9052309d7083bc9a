# Directives that nginx refuses to start with, and what it says of them

use Test::Nginx::Socket;

$ENV{TEST_NGINX_HTML_DIR} ||= html_dir();

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('request', 'GET /');
});

plan tests => 101;

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



=== 38: an id that no request could have
--- config
    location /u { vfs_fetch user "u 1"; }
--- must_die
--- error_log
invalid id "u 1" in "vfs_fetch" directive, expected 1 to 128 characters of [A-Za-z0-9_-] or a variable



=== 39: an empty id
--- config
    location /u { vfs_recommend ""; }
--- must_die
--- error_log
invalid id "" in "vfs_recommend" directive, expected 1 to 128 characters



=== 40: topK beyond the built-in maximum
--- config
    location /u { vfs_similar user u1 21; }
--- must_die
--- error_log
invalid topK "21" in "vfs_similar" directive, expected an integer from 1 to 20 or a variable



=== 41: topK beyond the maximum of the server
--- config
    vfs_top_k 3 6;
    location /u { vfs_recommend u1 7; }
--- must_die
--- error_log
invalid topK "7" in "vfs_recommend" directive, expected an integer from 1 to 6 or a variable



=== 42: topK beyond the maximum of the location, which comes later
--- config
    vfs_top_k 3 60;
    location /u { vfs_similar item u1 7; vfs_top_k 3 6; }
--- must_die
--- error_log
invalid topK "7" in "vfs_similar" directive, expected an integer from 1 to 6 or a variable



=== 43: a parameter topK of zero
--- config
    location /u { vfs_similar user u1 0; }
--- must_die
--- error_log
invalid topK "0" in "vfs_similar" directive, expected an integer from 1 to 20 or a variable



=== 44: a parameter topK that is no number
--- config
    location /u { vfs_similar user u1 five; }
--- must_die
--- error_log
invalid topK "five" in "vfs_similar" directive



=== 45: a response size of nothing
--- config
    vfs_max_response_size 0k;
--- must_die
--- error_log
invalid size "0k" in "vfs_max_response_size" directive, expected at least 1 byte



=== 46: a variable in a namespace
--- config
    vfs_user_namespace users-$host;
--- must_die
--- error_log
invalid value "users-$host" in "vfs_user_namespace" directive, expected no variables



=== 47: a variable in braces
--- config
    vfs_item_namespace "${host}";
--- must_die
--- error_log
invalid value "${host}" in "vfs_item_namespace" directive, expected no variables



=== 48: a variable in a prefix
--- config
    vfs_item_prefix $1;
--- must_die
--- error_log
invalid value "$1" in "vfs_item_prefix" directive, expected no variables



=== 49: a variable in the location of the index
--- config
    vfs_index /$host/;
--- must_die
--- error_log
invalid value "/$host/" in "vfs_index" directive, expected no variables



=== 50: a variable in the cache control
--- config
    vfs_cache_control $arg_cache;
--- must_die
--- error_log
invalid value "$arg_cache" in "vfs_cache_control" directive, expected no variables
