# The ids of an answer are those that clients use, however the index writes
# them: its prefix is removed whether JSON escapes it or not.

use Test::Nginx::Socket;

our $config = <<'_EOC_';
    location ~ ^/u/(?<id>.+)/similar$ {
        vfs_similar user $id;
    }

    location ~ ^/odd/(?<id>.+)/similar$ {
        vfs_user_prefix 'a"\/';
        vfs_similar user $id;
    }

    location ~ ^/bare/(?<id>.+)/similar$ {
        vfs_user_prefix "";
        vfs_similar user $id;
    }

    location ~ ^/r/(?<id>.+)$ {
        vfs_recommend $id;
    }

    location ~ ^/f/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location = /batch {
        vfs_batch user;
    }

    location = /query {
        vfs_query;
    }

    location /_vfs/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_

# What the index answers to a query: matches of these ids, as JSON writes them.

sub matches {
    return '{"matches":['
        . join(',', map { qq({"id":"$_","score":1}) } @_) . ']}';
}

sub query { return { request => 'POST /query', reply => matches(@_) } }

sub fetch {
    my ($name) = @_;

    return { request => qr{^GET /vectors/fetch},
             reply => qq({"vectors":{"$name":{"values":[1]}}}) };
}

sub similar {
    return '{"sourceUserId":"u1","similar":['
        . join(',', map { qq({"id":"$_","score":1}) } @_) . ']}';
}

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', $config);
    $block->set_value('request', 'GET /u/u1/similar')
        if !defined $block->request;
    $block->set_value('more_headers', 'Content-Type: application/json');
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 4 + 5;

run_tests();

__DATA__

=== 1: the first letter of the prefix is escaped
--- upstream eval: [main::query('\u0075ser:u2')]
--- response_body eval: main::similar('u2')



=== 2: all of the prefix is escaped, in either case
--- upstream eval: [main::query('\u0075\u0073\u0065\u0072\u003Au2', '\u0075\u0073\u0065\u0072\u003au3')]
--- response_body eval: main::similar('u2', 'u3')



=== 3: what is escaped behind the prefix stays as the index wrote it
--- upstream eval: [main::query('user:\u0075\u0032')]
--- response_json eval: main::similar('u2')



=== 4: an escape on both sides
--- upstream eval: [main::query('use\u0072\u003a\u00752')]
--- response_json eval: main::similar('u2')



=== 5: the prefix is removed once
--- upstream eval: [main::query('\u0075ser:user:u2', 'user:\u0075ser:u3')]
--- response_json eval: main::similar('user:u2', 'user:u3')



=== 6: an escaped id that does not begin with the prefix
--- upstream eval: [main::query('\u0075sex:u2', 'use\u0072', '\u0055ser:u4')]
--- response_json eval: main::similar('usex:u2', 'user', 'User:u4')



=== 7: no more than the prefix, and nothing
--- upstream eval: [main::query('\u0075ser:', '\u0075ser', '')]
--- response_json eval: main::similar('', 'user', '')



=== 8: a surrogate pair before, in the place of, and behind the prefix
--- upstream eval: [main::query('\ud83d\ude00user:u2', '\ud83d\ude00', '\u0075ser:\ud83d\ude00')]
--- response_json eval: main::similar("\xf0\x9f\x98\x80user:u2", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80")



=== 9: quotes, backslashes and a zero behind an escaped prefix
--- upstream eval: [main::query('\u0075ser:a\"b', '\u0075ser:c\\\\', '\u0075ser:d\u0000')]
--- response_json eval: main::similar('a\"b', 'c\\\\', 'd\u0000')



=== 10: the one whose neighbours are asked for is left out, escaped
--- upstream eval: [main::query('us\u0065r:u\u0031', 'user:u2')]
--- response_body eval: main::similar('u2')



=== 11: recommended items
--- upstream eval: [main::fetch('\u0075ser:u1'), main::query('\u0069tem:i1', 'item:i2', 'ite\u006d:i3')]
--- request
GET /r/u1
--- response_body chomp
{"userId":"u1","items":[{"id":"i1","score":1},{"id":"i2","score":1},{"id":"i3","score":1}]}



=== 12: the matches of a query
--- upstream eval: [main::query('\u0069tem:i1', '\u0075ser:i2')]
--- request
POST /query
{"namespace":"item-features","id":"i9","topK":2}
--- response_json
{"matches":[{"id":"i1","score":1},{"id":"user:i2","score":1}]}



=== 13: a fetched vector
--- upstream eval: [main::fetch('us\u0065r\u003au\u0031')]
--- request
GET /f/u1
--- response_body chomp
{"id":"u1","values":[1],"metadata":{}}



=== 14: a batch
--- upstream eval: [main::fetch('us\u0065r\u003au\u0031')]
--- request
POST /batch
{"ids":["\u0075\u0031","u2"]}
--- response_body chomp
{"features":[{"id":"u1","values":[1],"metadata":{}}],"missing":["u2"]}



=== 15: a prefix of characters that JSON must or may escape
--- upstream eval: [main::query('a\"\\\\/u2', 'a\u0022\u005c\/u3')]
--- request
GET /odd/u1/similar
--- response_body eval: main::similar('u2', 'u3')



=== 16: no prefix
--- upstream eval: [main::query('\u0075ser:u2', 'u\u0031')]
--- request
GET /bare/u1/similar
--- response_json eval: main::similar('user:u2')



=== 17: an escape that ends with the string
--- upstream eval: [main::query('\u0075ser:u2\u00"')]
--- error_code: 502
--- response_body_like: no usable answer
--- error_log
vfs: query of the index failed: expected four hexadecimal digits



=== 18: an escape of no hexadecimal digits
--- upstream eval: [main::query('\u00g5ser:u2')]
--- error_code: 502
--- response_body_like: no usable answer
--- error_log
vfs: query of the index failed: expected four hexadecimal digits



=== 19: an escape that is none
--- upstream eval: [main::query('\qser:u2')]
--- error_code: 502
--- response_body_like: no usable answer
--- error_log
vfs: query of the index failed: unknown escape



=== 20: half of a surrogate pair
--- upstream eval: [main::query('user:\ud83d')]
--- error_code: 502
--- response_body_like: no usable answer
--- error_log
vfs: query of the index failed: unpaired surrogate



=== 21: the second half first
--- upstream eval: [main::query('user:\ude00\ud83d')]
--- error_code: 502
--- response_body_like: no usable answer
--- error_log
vfs: query of the index failed: unpaired surrogate
