# Request bodies, as good and bad clients send them, and what becomes of them
# on the way to the index.

use Test::Nginx::Socket;
use DropIn;

our $query = '{"namespace":"user-features","id":"u1","topK":3}';
our $asked = '{"topK":3,"includeMetadata":false,"includeValues":false,'
    . '"namespace":"user-features","id":"user:u1"}';
our $matches = { request => 'POST /query', body => $asked,
    reply => '{"matches":[{"id":"user:u2","score":0.5}]}' };
our $answer = '{"matches":[{"id":"u2","score":0.5}]}';

# More than nginx reads along with the header.
our $blanks = ' ' x 5000;

# Ids and their keys, many of them.
our @ids = map { "id-$_-" . 'x' x 100 } 1 .. 100;
our $batch = '{"ids":[' . join(',', map { "\"$_\"" } @ids) . ']}';
our $keys = join '&', map { "ids=user%3A$_" } @ids;

our $vector = '[' . join(',', map { $_ / 7 } 1 .. 20000) . ']';


# A request with headers that end in JSON's type.

sub post {
    my ($path, $body, @headers) = @_;

    return join("\r\n", "POST $path HTTP/1.1", 'Host: x',
        'Content-Type: application/json', @headers, '', '') . $body;
}


sub chunked {
    my ($body, $size) = @_;

    return join('', map { sprintf "%x\r\n%s\r\n", length $_, $_ }
        unpack "(a$size)*", $body) . "0\r\n\r\n";
}


add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', drop_in()) if !$block->has('config');
    $block->set_value('upstream', []) if !$block->has('upstream');
    $block->set_value('no_error_log', "[warn]\n[error]\n")
        if !$block->has('error_log');
});

plan tests => 123;

run_tests();

__DATA__

=== 1: trickled, seven bytes at a time
--- request eval
"POST /v1/query\n$::query"
--- more_headers
Content-Type: application/json
--- trickle: 7 1ms
--- upstream eval
[$::matches]
--- response_body eval
$::answer



=== 2: chunked
--- raw_request eval
main::post('/v1/query', main::chunked($::query, 1000),
           'Transfer-Encoding: chunked', 'Connection: close')
--- upstream eval
[$::matches]
--- response_body eval
$::answer



=== 3: in chunks of one byte, trickled
--- raw_request eval
main::post('/v1/query', main::chunked($::query, 1),
           'Transfer-Encoding: chunked', 'Connection: close')
--- trickle: 11 1ms
--- upstream eval
[$::matches]
--- response_body eval
$::answer



=== 4: after 100 Continue
--- raw_request eval
main::post('/v1/query', $::query, 'Expect: 100-continue', 'Connection: close',
           'Content-Length: ' . length $::query)
--- upstream eval
[$::matches]
--- response_body eval
$::answer



=== 5: in a temporary file
--- config eval
DropIn::drop_in(['client_body_buffer_size  1m', 'client_body_buffer_size 8'])
--- request eval
"POST /v1/query\n$::blanks$::query"
--- more_headers
Content-Type: application/json
--- trickle: 700 1ms
--- upstream eval
[$::matches]
--- error_log
a client request body is buffered to a temporary file
--- response_body eval
$::answer



=== 6: chunked, in a temporary file
--- config eval
DropIn::drop_in(['client_body_buffer_size  1m', 'client_body_buffer_size 8'])
--- raw_request eval
main::post('/v1/query', main::chunked($::blanks . $::query, 9),
           'Transfer-Encoding: chunked', 'Connection: close')
--- upstream eval
[$::matches]
--- error_log
a client request body is buffered to a temporary file
--- response_body eval
$::answer



=== 7: larger than the limit
--- raw_request eval
main::post('/v1/query', 'x' x 2000000, 'Content-Length: 2000000')
--- error_code: 413
--- response_headers
Content-Type: application/json
--- response_body_like: ^\{"error":"[^"]+"\}$
--- error_log
client intended to send too large body



=== 8: chunked, larger than the limit
--- raw_request eval
main::post('/v1/query', main::chunked(' ' x 1100000, 10000),
           'Transfer-Encoding: chunked')
--- error_code: 413
--- response_headers
Content-Type: application/json
--- response_body_like: ^\{"error":"[^"]+"\}$
--- error_log
client intended to send too large chunked body



=== 9: a batch larger than its own limit
--- raw_request eval
main::post('/v1/features/user/batch', ' ' x 70000, 'Content-Length: 70000')
--- error_code: 413
--- response_body_like: ^\{"error":"[^"]+"\}$
--- error_log
client intended to send too large body



=== 10: shorter than announced
--- raw_request eval
main::post('/v1/query', $::query, 'Content-Length: 1000')
--- shutdown
--- error_code:
--- access_log
"POST /v1/query HTTP/1.1" 400



=== 11: a chunk that is no chunk
--- raw_request eval
main::post('/v1/query', "5\r\n{\"namXX", 'Transfer-Encoding: chunked')
--- error_code: 400
--- response_body_like: ^\{"error":"[^"]+"\}$
--- error_log
client sent invalid chunked body



=== 12: both a length and chunks
--- raw_request eval
main::post('/v1/query', main::chunked($::query, 1000),
           'Transfer-Encoding: chunked', 'Content-Length: 3')
--- error_code: 400
--- no_error_log
[alert]



=== 13: that never comes
--- config eval
'client_body_timeout 100ms;' . DropIn::drop_in()
--- raw_request eval
main::post('/v1/query', '{', 'Content-Length: 100')
--- error_code_like: ^(408|)$
--- access_log
"POST /v1/query HTTP/1.1" 408



=== 14: two queries and a fetch, pipelined, each with an answer of its own
--- pipelined_requests eval
["POST /v1/query\n$::query", "POST /v1/query\n{}", "GET /v1/features/user/u1"]
--- more_headers
Content-Type: application/json
--- upstream eval
[$::matches, { request => qr{^GET}, reply => DropIn::feature_json('user:u1',
                                                                '[1]') }]
--- error_code eval
[200, 400, 200]
--- response_body eval
[$::answer, '{"error":"namespace: expected a string, got nothing"}',
 '{"id":"u1","values":[1],"metadata":{}}']



=== 15: a GET with a body, pipelined before another
--- pipelined_requests eval
["GET /v1/features/user/u1\n" . 'x' x 5000, "GET /v1/features/user/u1"]
--- upstream eval
[{ request => qr{^GET}, headers => { 'Content-Length' => undef }, body => '',
   times => 2, reply => DropIn::feature_json('user:u1', '[1]') }]
--- response_body eval
[('{"id":"u1","values":[1],"metadata":{}}') x 2]



=== 16: refused for its type, the connection goes on
--- pipelined_requests eval
["POST /v1/query\n" . 'x' x 5000, "GET /v1/features/user/u1"]
--- more_headers
Content-Type: text/json
--- upstream eval
[{ request => qr{^GET}, reply => DropIn::feature_json('user:u1', '[1]') }]
--- error_code eval
[415, 200]
--- response_body eval
['{"error":"Content-Type: expected application/json"}',
 '{"id":"u1","values":[1],"metadata":{}}']



=== 17: none at all
--- request
POST /v1/query
--- more_headers
Content-Type: application/json
Content-Length: 0
--- error_code: 400
--- response_body chomp
{"error":"body: expected a JSON object, got nothing"}



=== 18: with a zero byte
--- request eval
"POST /v1/query\n{\"namespace\":\"user-\0features\",\"id\":\"u1\",\"topK\":3}"
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: ^\{"error":"body: expected a JSON object, [^"]+"\}$



=== 19: with broken UTF-8
--- request eval
"POST /v1/query\n{\"namespace\":\"\xc3\x28\",\"id\":\"u1\",\"topK\":3}"
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: ^\{"error":"body: expected a JSON object, [^"]+"\}$



=== 20: nested without end
--- request eval
"POST /v1/query\n{\"filter\":" . '{"$and":[' x 5000
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: ^\{"error":"[^"]+"\}$



=== 21: cut off, and more after the end
--- request eval
[map { "POST /v1/query\n$_" } '{"namespace":"user-fea', "$::query,{}",
 "[$::query]", 'null']
--- more_headers
Content-Type: application/json
--- error_code eval
[400, 400, 400, 400]
--- response_body_like eval
[('^\{"error":"body: expected a JSON object') x 4]



=== 22: a batch of as many ids as are allowed, each of 100 bytes
--- request eval
"POST /v1/features/user/batch\n$::batch"
--- more_headers
Content-Type: application/json
--- upstream eval
[{ request => "GET /vectors/fetch?$::keys&namespace=user-features",
   reply => '{"vectors":{}}' }]
--- response_body eval
'{"features":[],"missing":[' . join(',', map { "\"$_\"" } @::ids) . ']}'



=== 23: a batch of one too many
--- request eval
"POST /v1/features/user/batch\n" . $::batch =~ s/\]/,"u1"]/r
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body chomp
{"error":"ids: expected one array of 1 to 100 ids"}



=== 24: a vector of 20,000 dimensions, its digits as they came
--- request eval
"POST /v1/query\n{\"topK\":3,\"vector\":$::vector,\"namespace\":\"item-features\"}"
--- more_headers
Content-Type: application/json
--- upstream eval
[{ request => 'POST /query', reply => '{"matches":[]}', body => '{"topK":3,'
   . '"includeMetadata":false,"includeValues":false,'
   . "\"namespace\":\"item-features\",\"vector\":$::vector}" }]
--- response_body chomp
{"matches":[]}



=== 25: a vector that ends in the middle of the last buffer, trickled
--- request eval
"POST /v1/query\n{\"topK\":3,\"vector\":$::vector,\"namespace\":\"item-features\"}"
--- more_headers
Content-Type: application/json
--- trickle: 8191 1ms
--- upstream eval
[{ request => 'POST /query', reply => '{"matches":[]}',
   body => qr/\Q$::vector\E\}$/ }]
--- response_body chomp
{"matches":[]}
