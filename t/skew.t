# POST stats/ingest: the reports of vfs-train verify

use Test::Nginx::Socket;

use JSON::PP ();

our $config = <<'_EOC_';
    location = /ingest {
        client_body_buffer_size 64k;
        vfs_ingest;
    }

    location = /stats { vfs_stats; }
    location = /metrics { vfs_metrics; }
_EOC_

our $report = {
    verifier => 'host-1', definition => '0123456789abcdef',
    uptime_ms => 61000, interval_ms => 30000, rounds => 3, compared => 3000,
    different => 4, missing => 2, extra => 1, not_comparable => 9,
    round_compared => 1000, round_mismatches => 3,
};

# A POST of the report with some members replaced, or left out where undef.

sub report {
    my (%changes) = @_;

    my %r = (%$report, %changes);

    delete $r{$_} for grep { !defined $r{$_} } keys %r;

    return "POST /ingest\n" . JSON::PP->new->canonical->encode(\%r);
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
        : 'Content-Type: application/json');
    $block->set_value('error_code_like', [('^2') x $n])
        if $n > 1 && !defined $block->error_code_like;
    $block->set_value('error_code', '400')
        if $n == 1 && !defined $block->error_code;
    $block->set_value('no_error_log', "[alert]\n[error]\n");
});

plan tests => 132;

run_tests();

__DATA__

=== 1: accepted
--- request eval: main::report()
--- error_code: 204
--- response_body



=== 2: no verifier, no numbers
--- request: GET /stats
--- error_code: 200
--- response_body_like: ,"verification":\{"verifiers":\[\],"compared":0,"mismatches":0,"mismatches_per_million":0\.0\}\}$



=== 3: told again by the statistics
--- request eval: [main::report(), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/,"verification":\{"verifiers":\[\{"verifier":"host-1","age_ms":\d+,"definition":"0123456789abcdef","uptime_seconds":61\.0,"interval_seconds":30\.0,"rounds":3,"compared":3000,"different":4,"missing":2,"extra":1,"not_comparable":9,"round":\{"compared":1000,"mismatches":3\}\}\],"compared":1000,"mismatches":3,"mismatches_per_million":3000\.0\}\}$/]



=== 4: a later report takes the place of the earlier one
--- request eval: [main::report(), main::report(round_mismatches => 0), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"verifiers":\[\{[^{]*\{[^{}]*\}\}\],"compared":1000,"mismatches":0,"mismatches_per_million":0\.0/]



=== 5: two verifiers add up
--- request eval: [main::report(), main::report(verifier => 'b', round_compared => 500, round_mismatches => 0), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/^$/, qr/"compared":1500,"mismatches":3,"mismatches_per_million":2000\.0/]



=== 6: for Prometheus
--- request eval: [main::report(), 'GET /metrics']
--- response_body_like eval
[qr/^$/, qr/(?s)vfs_skew_compared_total\{verifier="host-1"\} 3000\n.* vfs_skew_mismatches_total counter\nvfs_skew_mismatches_total\{verifier="host-1",kind="different"\} 4\nvfs_skew_mismatches_total\{verifier="host-1",kind="missing"\} 2\nvfs_skew_mismatches_total\{verifier="host-1",kind="extra"\} 1\n.* vfs_skew_not_comparable_total counter\nvfs_skew_not_comparable_total\{verifier="host-1"\} 9\n.* vfs_skew_mismatches_per_million gauge\nvfs_skew_mismatches_per_million\{verifier="host-1"\} 3000\.0\n$/]



=== 7: it is no worker
--- request eval: [main::report(), 'GET /stats']
--- response_body_like eval
[qr/^$/, qr/"ingest":\{"workers":\[\]/]



=== 8: name
--- request eval: main::report(verifier => 'a b')
--- response_body eval: main::refused('verifier', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 9: name that is no string
--- request eval: main::report(verifier => 17)
--- response_body eval: main::refused('verifier', '1 to 64 characters of [A-Za-z0-9_.-]')



=== 10: definition
--- request eval: main::report(definition => '0123456789abcdeg')
--- response_body eval: main::refused('definition', '16 hexadecimal digits')



=== 11: short definition
--- request eval: main::report(definition => '0123')
--- response_body eval: main::refused('definition', '16 hexadecimal digits')



=== 12: a number that is none
--- request eval: main::report(compared => 'many')
--- response_body eval: main::refused('compared', 'an integer from 0')



=== 13: a negative number
--- request eval: main::report(extra => -1)
--- response_body eval: main::refused('extra', 'an integer from 0')



=== 14: a member that is missing
--- request eval: main::report(rounds => undef)
--- response_body eval: main::refused('rounds', 'it to be there')



=== 15: a member that stands there twice
--- request eval: my $r = main::report(); $r =~ s/\}$/,"extra":1}/; $r
--- response_body eval: main::refused('extra', 'one member of the name')



=== 16: other members are passed over
--- request eval: main::report(more => [1, { a => 'b' }])
--- error_code: 204
--- response_body



=== 17: no more than eight
--- request eval: [(map { main::report(verifier => "v$_") } 1 .. 9), 'GET /stats']
--- error_code_like eval: [('^204') x 8, '^503', '^200']
--- response_body_like eval
[(qr/^$/) x 8, qr/verifier: no room, at most 8 report/, qr/"compared":8000/]
