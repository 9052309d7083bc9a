# POST stats/ingest: the reports of the ingest workers

use Test::Nginx::Socket;

use JSON::PP ();

our $config = <<'_EOC_';
    location = /ingest {
        client_body_buffer_size 64k;
        vfs_ingest;
    }

    location = /closed {
        deny all;
        vfs_ingest;
    }

    location = /stats { vfs_stats; }
    location = /metrics { vfs_metrics; }
_EOC_

our $report = {
    worker => 'host-1', definition => '0123456789abcdef', uptime_ms => 10000,
    paused => JSON::PP::false,
    counters => { events => 5000, folded => 4990, ignored => 2,
                  item_updates => 4989, upserts => 3000, deletes => 1,
                  batches => 40, retries => 7, dead_letters => 8 },
    gauges => { in_flight => 1, pending => 12, state_keys => 800 },
    lag => { 0 => 3, 17 => 4 },
    event_to_stored_us => [[310, 12], [311, 40]],
};

# What may be left out: counts by reason, namespace and size.

our $details = {
    retries => { limit => 5, connection => 2 },
    dead_letters => { 'bad-json' => 8 },
    upserts => { 'user-features' => { stored => 2000, refused => 1 } },
    sums => { event_to_stored_us => 700000, batch_us => 2500000,
              batch_bytes => 4000 },
    batch_us => [[500, 40]],
    batch_bytes => [[300, 4]],
};

# A POST of the report with some members replaced, or left out where undef.

sub report {
    my (%changes) = @_;

    my %r = (%$report, %changes);

    delete $r{$_} for grep { !defined $r{$_} } keys %r;

    return "POST /ingest\n" . JSON::PP->new->canonical->encode(\%r);
}

sub counters {
    my (%changes) = @_;

    return { %{$report->{counters}}, %changes };
}

sub refused {
    my ($member, $expected) = @_;

    return JSON::PP->new->encode({ error => "$member: expected $expected" });
}

add_block_preprocessor(sub {
    my ($block) = @_;

    my $n = ref $block->request ? @{$block->request} : 1;

    $block->set_value('config', $config);
    $block->set_value('more_headers', $n > 1
        ? [('Content-Type: application/json') x $n]
        : 'Content-Type: application/json') if !defined $block->more_headers;
    $block->set_value('error_code_like', [('^2') x $n])
        if $n > 1 && !defined $block->error_code_like;
    $block->set_value('error_code', '400')
        if $n == 1 && !defined $block->error_code;
    $block->set_value('no_error_log', "[alert]\n[error]\n")
        if !defined $block->no_error_log;
});

plan tests => 610;

run_tests();

__DATA__

=== 1: accepted
--- request eval: main::report()
--- error_code: 204
--- response_headers
!Content-Length
!Content-Type
--- response_body



=== 2: told again by the statistics
--- request eval: [main::report(), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/"ingest":\{"workers":\[\{"worker":"host-1","age_ms":\d+,"alive":true,"definition":"0123456789abcdef","uptime_seconds":10\.0,"paused":false,"counters":\{"events":5000,"folded":4990,"ignored":2,"item_updates":4989,"upserts":3000,"deletes":1,"batches":40,"retries":7,"dead_letters":8\},"gauges":\{"in_flight":1,"pending":12,"state_keys":800,"state_bytes":0\},"lag":\{("0":3,"17":4|"17":4,"0":3)\},"rates":\{"events":500\.0,"upserts":300\.0\},"event_to_stored_us":\{"count":52,"p50":14207,"p99":14207,"max":14207\},"retries":\{\},"dead_letters":\{\},"upserts":\{\},"batch_us":\{"count":0,"p50":0,"p99":0,"max":0\},"batch_bytes":\{"count":0,"p50":0,"p99":0,"max":0\}\}\],"events_per_second":500\.0,"upserts_per_second":300\.0,"lag":7,"dead_letters":8,"event_to_stored_us":\{"count":52,/]



=== 3: rates between two reports
--- request eval
[main::report(), main::report(uptime_ms => 12000, counters => main::counters(events => 5300, upserts => 3010)), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"rates":\{"events":150\.0,"upserts":5\.0\}/]



=== 4: a report repeated keeps its rates
--- request eval: [main::report(), main::report(), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"rates":\{"events":500\.0,"upserts":300\.0\}/]



=== 5: a worker that has started anew
--- request eval
[main::report(), main::report(uptime_ms => 1000, counters => main::counters(events => 10, upserts => 1)), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"rates":\{"events":10\.0,"upserts":1\.0\}/]



=== 6: two workers
--- request eval
[main::report(), main::report(worker => 'host-2', lag => { 1 => 100 }, event_to_stored_us => [[312, 8]]), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"worker":"host-1".*"worker":"host-2".*"events_per_second":1000\.0,"upserts_per_second":600\.0,"lag":107,"dead_letters":16,"event_to_stored_us":\{"count":60,/]



=== 7: reports outlive a reload
--- reload: before 2
--- request eval: [main::report(), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/"worker":"host-1"/]



=== 8: no more than 64 workers
--- request eval: [map { main::report(worker => "w$_") } 1 .. 65, 1]
--- error_code_like eval: [('204') x 64, '503', '204']
--- response_body_like eval
[(qr/^$/) x 64, qr/^\{"error":"worker: no room, at most 64 report"\}$/, qr/^$/]



=== 9: members of other names are passed over
--- request eval: main::report(version => 7, more => { a => [1, {}] }, counters => main::counters(spare => 1))
--- error_code: 204



=== 10: 256 partitions
--- request eval: [main::report(lag => { map { $_ => 1 } 0 .. 255 }), 'GET /stats']
--- response_body_like eval: [qr/^$/, qr/"lag":256,/]



=== 11: 257 partitions
--- request eval: main::report(lag => { map { $_ => 1 } 0 .. 256 })
--- response_body eval: main::refused('lag', 'an object of integers from 0 by partition, at most 256')



=== 12: a partition that is no number
--- request eval: main::report(lag => { a => 1 })
--- response_body eval: main::refused('lag', 'an object of integers from 0 by partition, at most 256')



=== 13: a negative lag
--- request eval: main::report(lag => { 0 => -1 })
--- response_body eval: main::refused('lag', 'an object of integers from 0 by partition, at most 256')



=== 14: no worker
--- request eval: main::report(worker => undef)
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 15: an empty worker
--- request eval: main::report(worker => '')
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 16: a worker of 65 characters
--- request eval: main::report(worker => 'x' x 65)
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 17: a worker of 64 characters
--- request eval: main::report(worker => 'x.-_' x 16)
--- error_code: 204



=== 18: a worker with a quote
--- request eval: main::report(worker => 'a"b')
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 19: a worker that is a number
--- request eval: main::report(worker => 5)
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 20: a definition that is too short
--- request eval: main::report(definition => '0123')
--- response_body eval: main::refused('definition', '16 hexadecimal digits')



=== 21: a definition with another letter
--- request eval: main::report(definition => '0123456789abcdeg')
--- response_body eval: main::refused('definition', '16 hexadecimal digits')



=== 22: an uptime with a fraction
--- request eval: main::report(uptime_ms => 1.5)
--- response_body eval: main::refused('uptime_ms', 'an integer from 0')



=== 23: an uptime that overflows
--- request eval: main::report(uptime_ms => 0) =~ s/"uptime_ms":0/"uptime_ms":18446744073709551616/r
--- response_body eval: main::refused('uptime_ms', 'an integer from 0')



=== 24: a number as paused
--- request eval: main::report(paused => 0)
--- response_body eval: main::refused('paused', 'true or false')



=== 25: counters that are an array
--- request eval: main::report(counters => [])
--- response_body eval: main::refused('counters', 'an object of integers from 0')



=== 26: a counter that is a string
--- request eval: main::report(counters => main::counters(events => 'many'))
--- response_body eval: main::refused('counters', 'an object of integers from 0')



=== 27: no gauges
--- request eval: main::report(gauges => undef)
--- response_body eval: main::refused('gauges', 'an object of integers from 0')



=== 28: a bucket that is not there
--- request eval: main::report(event_to_stored_us => [[737, 1]])
--- response_body eval: main::refused('event_to_stored_us', 'an array of [bucket, count]')



=== 29: the last bucket
--- request eval: main::report(event_to_stored_us => [[736, 1]])
--- error_code: 204



=== 30: a bucket with three numbers
--- request eval: main::report(event_to_stored_us => [[1, 2, 3]])
--- response_body eval: main::refused('event_to_stored_us', 'an array of [bucket, count]')



=== 31: a bucket without brackets
--- request eval: main::report(event_to_stored_us => [1, 2])
--- response_body eval: main::refused('event_to_stored_us', 'an array of [bucket, count]')



=== 32: no buckets yet
--- request eval: main::report(event_to_stored_us => [])
--- error_code: 204



=== 33: a member twice
--- request eval: main::report() =~ s/\{/{"worker":"x",/r
--- response_body eval: main::refused('worker', 'one member of the name')



=== 34: no JSON
--- request
POST /ingest
worker=x
--- response_body eval: main::refused('body', 'a JSON object')



=== 35: text that is cut
--- request eval: main::report() =~ s/.\z//r
--- response_body eval: main::refused('body', 'a JSON object')



=== 36: text behind the object
--- request eval: main::report() . 'x'
--- response_body eval: main::refused('body', 'a JSON object')



=== 37: another content type
--- more_headers
Content-Type: text/plain
--- request eval: main::report()
--- error_code: 415
--- response_body chomp
{"error":"Content-Type: expected application/json"}



=== 38: from an address that is not allowed
--- request eval: main::report() =~ s/ingest/closed/r
--- error_code: 403
--- no_error_log
[alert]



=== 39: GET
--- request
GET /ingest
--- error_code: 405
--- response_headers
Allow: POST



=== 40: a worker that has started anew and is already further
--- request eval
[main::report(), main::report(uptime_ms => 1000, counters => main::counters(events => 6000, upserts => 4000)), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"rates":\{"events":6000\.0,"upserts":4000\.0\}/]



=== 41: counts by reason, namespace and size
--- request eval: [main::report(%$main::details), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/"retries":\{("limit":5,"connection":2|"connection":2,"limit":5)\},"dead_letters":\{"bad-json":8\},"upserts":\{"user-features":\{("stored":2000,"refused":1|"refused":1,"stored":2000)\}\},"batch_us":\{"count":40,"p50":860159,"p99":860159,"max":860159\},"batch_bytes":\{"count":4,"p50":11391,"p99":11391,"max":11391\}\}\]/]



=== 42: and as metrics
--- request eval: [main::report(%$main::details), 'GET /metrics']
--- response_body_like eval
[qr/^$/, qr/\nvfs_upserts_total\{worker="host-1",namespace="user-features",result="stored"\} 2000\n(?s:.*)\nvfs_retries_total\{worker="host-1",reason="limit"\} 5\n(?s:.*)\nvfs_dlq_total\{worker="host-1",reason="bad-json"\} 8\n(?s:.*)\nvfs_event_to_stored_seconds_sum\{worker="host-1"\} 0\.700000\n(?s:.*)\nvfs_upsert_batch_seconds_bucket\{worker="host-1",le="0\.819200"\} 0\nvfs_upsert_batch_seconds_bucket\{worker="host-1",le="1\.146880"\} 40\n(?s:.*)\nvfs_upsert_batch_bytes_bucket\{worker="host-1",le="12800\.000000"\} 4\n(?s:.*)\nvfs_upsert_batch_bytes_sum\{worker="host-1"\} 4000\.000000\nvfs_upsert_batch_bytes_count\{worker="host-1"\} 4\n/]



=== 43: a report without sums: from the buckets
--- request eval: [main::report(), 'GET /metrics']
--- response_body_like eval
[qr/^$/, qr/\nvfs_event_to_stored_seconds_sum\{worker="host-1"\} 0\.729088\n/]



=== 44: the longest that are taken
--- request eval: [main::report(worker => 'w' x 64, retries => { map { 'r' x 30 . sprintf('%02d', $_) => 999999999999999999 } 1 .. 24 }, upserts => { map { my $n = $_; 'n' x 63 . $n => { map { 'x' x 31 . $_ => 999999999999999999 } 1 .. 8 } } 1 .. 4 }), 'GET /metrics', 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/namespace="n{63}4",result="x{31}8"\} 999999999999999999\n/, qr/"r{30}24":999999999999999999/]



=== 45: 25 reasons
--- request eval: main::report(retries => { map { $_ => 1 } 1 .. 25 })
--- response_body eval: main::refused('retries', 'an object of integers from 0 by reason, at most 24')



=== 46: a reason that needs an escape
--- request eval: main::report(dead_letters => { 'a"b' => 1 })
--- response_body eval: main::refused('dead_letters', 'an object of integers from 0 by reason, at most 24')



=== 47: a reason that is too long
--- request eval: main::report(dead_letters => { 'r' x 33 => 1 })
--- response_body eval: main::refused('dead_letters', 'an object of integers from 0 by reason, at most 24')



=== 48: five namespaces
--- request eval: main::report(upserts => { map { $_ => {} } 1 .. 5 })
--- response_body eval: main::refused('upserts', 'an object of at most 4 namespaces, each an object of integers from 0 by result, at most 8')



=== 49: a namespace that is a number
--- request eval: main::report(upserts => { a => 1 })
--- response_body eval: main::refused('upserts', 'an object of at most 4 namespaces, each an object of integers from 0 by result, at most 8')



=== 50: nine results
--- request eval: main::report(upserts => { a => { map { $_ => 1 } 1 .. 9 } })
--- response_body eval: main::refused('upserts', 'an object of at most 4 namespaces, each an object of integers from 0 by result, at most 8')



=== 51: a sum that is a string
--- request eval: main::report(sums => { batch_us => 'x' })
--- response_body eval: main::refused('sums', 'an object of integers from 0')



=== 52: a size that is no bucket
--- request eval: main::report(batch_bytes => [[737, 1]])
--- response_body eval: main::refused('batch_bytes', 'an array of [bucket, count]')



=== 53: a namespace of a version
--- request eval: [main::report(upserts => { 'user-features@v2' => { stored => 7 } }), 'GET /metrics']
--- response_body_like eval
[qr/^$/, qr/namespace="user-features\@v2",result="stored"\} 7\n/]



=== 54: an @ in a name is none
--- request eval: main::report(worker => 'a@b')
--- response_body eval: main::refused('worker', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 55: a partition twice
--- request eval: main::report() =~ s/"lag":\{/"lag":{"3":1,"17":1,"3":2,/r
--- response_body eval: main::refused('lag', 'each partition once')



=== 56: a partition with a leading zero, which would be another one
--- request eval: main::report(lag => { '07' => 1 })
--- response_body eval: main::refused('lag', 'an object of integers from 0 by partition, at most 256')



=== 57: a reason of retries twice
--- request eval: main::report(retries => { limit => 5 }) =~ s/"limit":5/"limit":5,"other":1,"limit":5/r
--- response_body eval: main::refused('retries', 'each reason once')



=== 58: a reason of dead letters twice
--- request eval: main::report(dead_letters => { 'bad-json' => 5 }) =~ s/"bad-json":5/"bad-json":5,"bad-json":0/r
--- response_body eval: main::refused('dead_letters', 'each reason once')



=== 59: a reason that is the beginning of another one
--- request eval: main::report(dead_letters => { bad => 1, 'bad-id' => 2 })
--- error_code: 204



=== 60: a namespace twice
--- request eval: main::report(upserts => { a => {} }) =~ s/"a":\{\}/"a":{},"b":{},"a":{"stored":1}/r
--- response_body eval: main::refused('upserts', 'each namespace once')



=== 61: a result of a namespace twice
--- request eval: main::report(upserts => { a => { stored => 1 } }) =~ s/"stored":1/"stored":1,"stored":1/r
--- response_body eval: main::refused('upserts', 'each result of a namespace once')



=== 62: one result in two namespaces, one reason in two members
--- request eval: main::report(upserts => { a => { other => 1 }, b => { other => 1 } }, retries => { other => 1 }, dead_letters => { other => 1 })
--- error_code: 204



=== 63: a counter twice
--- request eval: main::report() =~ s/"counters":\{/"counters":{"events":1,"deletes":1,"events":1,/r
--- response_body eval: main::refused('counters', 'one member of each name')



=== 64: a counter twice, once with an escape
--- request eval: main::report(counters => { events => 1 }) =~ s/"events":1/"events":1,"\\u0065vents":1/r
--- response_body eval: main::refused('counters', 'one member of each name')



=== 65: a gauge twice
--- request eval: main::report() =~ s/"gauges":\{/"gauges":{"pending":0,"pending":0,/r
--- response_body eval: main::refused('gauges', 'one member of each name')



=== 66: a sum twice
--- request eval: main::report(sums => { batch_us => 1 }) =~ s/"batch_us":1/"batch_us":1,"batch_us":1/r
--- response_body eval: main::refused('sums', 'one member of each name')



=== 67: a bucket twice
--- request eval: main::report(batch_us => [[500, 40], [501, 1], [500, 2]])
--- response_body eval: main::refused('batch_us', 'each bucket once')



=== 68: a report that is refused changes nothing
--- request eval: [main::report(), main::report(lag => { 0 => 9 }) =~ s/"lag":\{/"lag":{"0":1,/r, 'GET /stats']
--- error_code_like eval: ['204', '400', '200']
--- response_body_like eval: [qr/^$/, qr/each partition once/, qr/"lag":7,/]
