# docs/openapi.json against conf/vfs.conf and the module: each documented
# operation is served, nothing else is, and the limits are those it states.

use Test::Nginx::Socket;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP qw(decode_json);

my $root = abs_path(dirname(__FILE__) . '/..');

sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!";
    local $/;

    return scalar <$file>;
}

our $text = slurp("$root/docs/openapi.json");

my $doc = decode_json($text);
my @servers = map { $_->{url} eq '/' ? '' : $_->{url} } @{$doc->{servers}};
my %sample = (entity => 'user', id => 'u1');
my %body = (
    batch  => '{"ids":["u1"]}',
    query  => '{"namespace":"item-features","id":"i1","topK":1}',
    ingest => '{"worker":"w","definition":"0123456789abcdef","uptime_ms":1,'
        . '"paused":false,"counters":{},"gauges":{},"lag":{},'
        . '"event_to_stored_us":[]}',
);
my (%paths, %allow, @calls);

# Paths with values for their parameters, and what a client may expect there.

for my $template (sort keys %{$doc->{paths}}) {
    my $operations = $doc->{paths}{$template};
    my ($body) = map { $body{$_} } grep { $template =~ m{/$_$} } keys %body;

    $paths{$template} = $template
        =~ s/\{(\w+)\}/$sample{$1} \/\/ die "no sample of $1"/ger;

    my @methods = sort grep { /^(?:get|post|put|delete|patch)$/ }
        keys %$operations;

    $allow{$template} = join ', ',
        map { $_ eq 'get' ? ('GET', 'HEAD') : uc } @methods;

    for my $method (@methods) {
        my ($status) = sort keys %{$operations->{$method}{responses}};
        my ($type) = keys %{$operations->{$method}{responses}{$status}{content}
            || {}};

        next if ($type // '') eq 'text/event-stream';

        push @calls, map { {
            request => uc($method) . " $_$paths{$template}"
                . ($method eq 'post' ? "\n$body" : ''),
            status  => $status,
            type    => defined $type ? "Content-Type: $type" : '!Content-Type',
        } } @servers;
    }
}

our @requests = map { $_->{request} } @calls;
our @statuses = map { $_->{status} } @calls;
our @types = map { $_->{type} } @calls;

# The locations of vfs.conf: each serves a documented path, and each path has a
# location.

my @patterns = map { qr/$_/ }
    slurp("$root/conf/vfs.conf") =~ /^    location ~ (\S+) \{/mg;

die "conf/vfs.conf has no locations\n" if !@patterns;

for my $pattern (@patterns) {
    die "$pattern is not documented\n"
        if !grep { $_ =~ $pattern } values %paths;
}

for my $path (map { my $server = $_; map { "$server$_" } values %paths }
              @servers)
{
    die "no location serves $path\n" if !grep { $path =~ $_ } @patterns;
}

my @templates = sort keys %paths;
our @wrong = map { "PATCH $paths{$_}" } @templates;
our @allows = map { "Allow: $allow{$_}" } @templates;

# Limits.

sub top_k {
    my ($template) = @_;

    my ($parameter) = grep { $_->{name} eq 'topK' }
        @{$doc->{paths}{$template}{get}{parameters}};

    return @{$parameter->{schema}}{qw(default maximum minimum)};
}

my $schemas = $doc->{components}{schemas};
my ($id_max) = $schemas->{Id}{pattern} =~ /\{1,(\d+)\}/;
my $ids_max = $schemas->{BatchRequest}{properties}{ids}{maxItems};
my $dimension_max = $schemas->{QueryRequest}{properties}{vector}{maxItems};
my $matches_max = $schemas->{QueryRequest}{properties}{topK}{maximum};
my $query = 'POST /v1/query' . "\n" . '{"namespace":"item-features",';

our ($similar, $similar_max) = top_k('/v1/features/{entity}/{id}/similar');
our ($recommend, $recommend_max) = top_k('/v1/recommend/user/{id}');

sub ids { return '{"ids":[' . join(',', map { "\"u$_\"" } 1 .. $_[0]) . ']}' }
sub vector { return '"topK":1,"vector":[' . join(',', (1) x $_[0]) . ']}' }

our @within = (
    "GET /v1/features/user/u1/similar?topK=$similar_max",
    "GET /v1/recommend/user/u1?topK=$recommend_max",
    'GET /v1/recommend/user/' . 'u' x $id_max,
    "POST /v1/features/user/batch\n" . ids($ids_max),
    $query . vector($dimension_max),
    $query . "\"id\":\"i1\",\"topK\":$matches_max}",
);
our @beyond = (
    'GET /v1/features/user/u1/similar?topK=' . ($similar_max + 1),
    'GET /v1/recommend/user/u1?topK=' . ($recommend_max + 1),
    'GET /v1/recommend/user/' . 'u' x ($id_max + 1),
    "POST /v1/features/user/batch\n" . ids($ids_max + 1),
    $query . vector($dimension_max + 1),
    $query . '"id":"i1","topK":' . ($matches_max + 1) . '}',
    'GET /v1/features/user/u1/similar?topK=0',
    'GET /v1/recommend/user/u1?topK=0',
    'GET /v1/features/user/',
    "POST /v1/features/user/batch\n" . ids(0),
    $query . vector(0),
    $query . '"id":"i1","topK":0}',
);

our $index = [
    { request => qr{^GET /vectors/fetch\?ids=user%3Au+&}, optional => 1,
      times => '*', reply => '{"vectors":{}}' },
    { request => qr{^GET /vectors/fetch\?ids=item%3Au1&}, optional => 1,
      times => '*', reply => '{"vectors":{"item:u1":{"values":[1]}}}' },
    { request => qr{^GET /vectors/fetch}, optional => 1, times => '*',
      reply => '{"vectors":{"user:u1":{"values":[1]}}}' },
    { request => 'POST /query', optional => 1, times => '*',
      reply => '{"matches":[{"id":"user:u2","score":1}]}' },
    { request => 'GET /describe_index_stats', optional => 1, times => '*',
      reply => '{}' },
];

$ENV{TEST_NGINX_CONF_DIR} = "$root/conf";

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('config', <<'_EOC_');
    vfs_index /elsewhere/;
    include $TEST_NGINX_CONF_DIR/vfs.conf;

    location /elsewhere/ {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_UPSTREAM_PORT/;
    }
_EOC_
    $block->set_value('more_headers',
        [('Content-Type: application/json') x @{$block->request}]);
});

plan tests => 2 * 3 + @calls * 2 + @wrong * 3 + 2 + @within + @beyond * 2;

run_tests();

__DATA__

=== 1: the description itself
--- request eval: ['GET /v1/openapi.json', 'GET /api/v1/openapi.json']
--- error_code eval: [200, 200]
--- response_headers eval: [('Content-Type: application/json') x 2]
--- response_body eval: [($::text) x 2]



=== 2: every operation is served under every server
--- upstream eval: $::index
--- request eval: [@::requests]
--- error_code eval: [@::statuses]
--- response_headers eval: [@::types]



=== 3: other methods are not, and Allow says which are
--- request eval: [@::wrong]
--- error_code eval: [(405) x @::wrong]
--- response_headers eval: [@::allows]
--- response_body_like eval: [('^\{"error":"Method not allowed') x @::wrong]



=== 4: defaults
--- upstream eval
[{ request => qr{^GET}, reply => '{"vectors":{"user:u1":{"values":[1]}}}' },
 { request => 'POST /query', reply => '{"matches":[{"id":"user:u2","score":1}]}',
   body => qr/^\{"topK":${\($::similar + 1)},/ },
 { request => 'POST /query', reply => '{"matches":[]}',
   body => qr/^\{"topK":$::recommend,/ }]
--- request eval
['GET /v1/features/user/u1/similar', 'GET /v1/recommend/user/u1']
--- error_code eval: [200, 200]



=== 5: the greatest and longest
--- upstream eval: $::index
--- request eval: [@::within]
--- error_code eval: [200, 200, 404, 200, 200, 200]



=== 6: anything beyond
--- upstream eval: $::index
--- request eval: [@::beyond]
--- error_code eval: [(400) x @::beyond]
--- response_body_like eval: [('expected') x @::beyond]
