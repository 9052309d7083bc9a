# The shape of a metadata filter, before it is sent to the index

use Test::Nginx::Socket;

our $http_config = <<'_EOC_';
    server {
        listen 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        access_log off;

        location = /query {
            return 200 '{"matches":[]}';
        }
    }
_EOC_

our $config = <<'_EOC_';
    location = /query {
        client_body_buffer_size 1m;
        vfs_query;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
    }
_EOC_

# What --- request names is the filter alone.

add_block_preprocessor(sub {
    my ($block) = @_;

    my $filter = $block->request;
    $filter =~ s/\n\z//;

    $block->set_value('request', "POST /query\n"
        . qq({"namespace":"item-features","id":"i1","topK":1,"filter":$filter}));
    $block->set_value('http_config', $http_config);
    $block->set_value('config', $config);
    $block->set_value('more_headers', 'Content-Type: application/json');

    my $fault = $block->error_code && $block->error_code =~ /400/;

    $block->set_value('response_body', '{"matches":[]}') if !$fault;
    $block->set_value('no_error_log', "[error]\n");
});

our $fields = '{"error":"filter: expected fields with a string, a number, true, false or an object of operators"}';
our $lists = '{"error":"filter: expected $and and $or with an array of filters"}';
our $operators = '{"error":"filter: expected one of the operators $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin and $exists"}';
our $names = '{"error":"filter: expected names of fields, $and or $or"}';
our $scalars = '{"error":"filter: expected $eq and $ne with a string, a number, true or false"}';
our $numbers = '{"error":"filter: expected $gt, $gte, $lt and $lte with a number"}';
our $values = '{"error":"filter: expected $in and $nin with an array of 1 to 10000 strings or numbers"}';

plan tests => blocks() * 3;

run_tests();

__DATA__

=== 1: empty
--- request
{}



=== 2: fields with values
--- request
{"a":"x","b":1.5,"c":true,"d":false}



=== 3: every operator
--- request
{"a":{"$eq":"x"},"b":{"$ne":false},"c":{"$gt":1,"$lt":5},"d":{"$gte":1,"$lte":5},"e":{"$in":["x",1]},"f":{"$nin":["x"]},"g":{"$exists":true}}



=== 4: $and and $or, nested
--- request
{"$and":[{"$or":[{"a":1},{"b":{"$in":["x"]}}]},{"c":2,"d":3}]}



=== 5: a list of 10000 values
--- request eval
'{"a":{"$in":[' . join(',', 1 .. 10000) . ']}}'



=== 6: a list of 10001 values
--- request eval
'{"a":{"$in":[' . join(',', 1 .. 10001) . ']}}'
--- error_code: 400
--- response_body eval: $::values



=== 7: an empty list
--- request
{"a":{"$nin":[]}}
--- error_code: 400
--- response_body eval: $::values



=== 8: a list of booleans
--- request
{"a":{"$in":[true]}}
--- error_code: 400
--- response_body eval: $::values



=== 9: a list that is none
--- request
{"a":{"$in":"x"}}
--- error_code: 400
--- response_body eval: $::values



=== 10: an array as a filter
--- request
[]
--- error_code: 400
--- response_body chomp
{"error":"filter: expected an object"}



=== 11: null as a filter
--- request
null
--- error_code: 400
--- response_body chomp
{"error":"filter: expected an object"}



=== 12: a field with a list
--- request
{"a":["x","y"]}
--- error_code: 400
--- response_body eval: $::fields



=== 13: a field with null
--- request
{"a":null}
--- error_code: 400
--- response_body eval: $::fields



=== 14: $eq with a list
--- request
{"a":{"$eq":["x"]}}
--- error_code: 400
--- response_body eval: $::scalars



=== 15: $ne with null
--- request
{"a":{"$ne":null}}
--- error_code: 400
--- response_body eval: $::scalars



=== 16: $gt with a string
--- request
{"a":{"$gt":"1"}}
--- error_code: 400
--- response_body eval: $::numbers



=== 17: $exists with a number
--- request
{"a":{"$exists":1}}
--- error_code: 400
--- response_body chomp
{"error":"filter: expected $exists with true or false"}



=== 18: an unknown operator
--- request
{"a":{"$regex":"x"}}
--- error_code: 400
--- response_body eval: $::operators



=== 19: a nested field
--- request
{"a":{"b":1}}
--- error_code: 400
--- response_body eval: $::operators



=== 20: an operator at the top
--- request
{"$eq":1}
--- error_code: 400
--- response_body eval: $::names



=== 21: a field without a name
--- request
{"":1}
--- error_code: 400
--- response_body eval: $::names



=== 22: no operators
--- request
{"a":{}}
--- error_code: 400
--- response_body chomp
{"error":"filter: expected an object of at least one operator"}



=== 23: $and with an object
--- request
{"$and":{"a":1}}
--- error_code: 400
--- response_body eval: $::lists



=== 24: $or with nothing
--- request
{"$or":[]}
--- error_code: 400
--- response_body eval: $::lists



=== 25: $and with values
--- request
{"$and":[{"a":1},2]}
--- error_code: 400
--- response_body eval: $::lists



=== 26: a fault deep within
--- request
{"$and":[{"$or":[{"a":{"$gt":"x"}}]}]}
--- error_code: 400
--- response_body eval: $::numbers



=== 27: nested as deeply as JSON may be
--- request eval
'{"$and":[' x 15 . '{"a":1}' . ']}' x 15



=== 28: nested more deeply
--- request eval
'{"$and":[' x 16 . '{"a":1}' . ']}' x 16
--- error_code: 400
--- response_body_like: body: expected a JSON object, nested too deeply at byte



=== 29: an operator written with an escape is the operator
--- request
{"a":{"\u0024gt":"x"}}
--- error_code: 400
--- response_body eval: $::numbers
