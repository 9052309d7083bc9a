# An index behind TLS: its certificate is checked against its name and a trusted
# authority, the name is sent (SNI), and what fails gives 502 and a log line.
# The certificates are made here, by openssl.

use Test::Nginx::Socket;

use File::Temp qw(tempdir);
use POSIX qw(strftime);

my $dir = tempdir('vfs-tls-XXXXXX', TMPDIR => 1, CLEANUP => 1);
$ENV{TEST_NGINX_TLS} = $dir;

sub openssl {
    my (@arguments) = @_;

    system("openssl @arguments >> '$dir/log' 2>&1") == 0
        or die "openssl $arguments[0]: " . `cat '$dir/log'`;

    return;
}

sub write_file {
    my ($name, $text) = @_;

    open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
    print $file $text;
    close $file or die "$dir/$name: $!";

    return;
}

my $ec = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';

sub authority {
    my ($name) = @_;

    openssl("req -x509 $ec -days 2 -subj '/CN=$name'",
        "-keyout '$dir/$name.key' -out '$dir/$name.crt'");

    return;
}

# Begins two days ago, ends in so many days: "ca" takes both dates in every
# release of openssl.

sub certificate {
    my ($file, $host, $authority, $days) = @_;
    my ($begin, $end) = map { strftime('%Y%m%d%H%M%SZ', gmtime $_) }
        time - 2 * 86400, time + $days * 86400;

    write_file('extensions', "subjectAltName=DNS:$host\n");
    write_file('database', '');
    write_file('ca.conf', <<"_EOC_");
[ca]
default_ca = issue
[issue]
database = $dir/database
new_certs_dir = $dir
rand_serial = yes
default_md = sha256
policy = names
[names]
commonName = supplied
_EOC_

    openssl("req $ec -subj '/CN=$host' -keyout '$dir/$file.key'",
        "-out '$dir/$file.csr'");
    openssl("ca -batch -notext -config '$dir/ca.conf' -in '$dir/$file.csr'",
        "-cert '$dir/$authority.crt' -keyfile '$dir/$authority.key'",
        "-startdate $begin -enddate $end",
        "-extfile '$dir/extensions' -out '$dir/$file.crt'");

    return;
}

authority($_) for qw(trusted unknown);
certificate('default', 'default.test', 'trusted', 2);
certificate('index', 'index.test', 'trusted', 2);
certificate('expired', 'expired.test', 'trusted', -1);
certificate('foreign', 'foreign.test', 'unknown', 2);

my $answer = '{"vectors":{"user:u1":{"id":"user:u1","values":[1,2.50]}}}';

# One server{} for each certificate: which of them answers is up to SNI.

our $http_config = join '',
    "log_format tls 'tls: \$ssl_server_name \$ssl_protocol \$ssl_session_reused "
        . "\$connection_requests \$http_host';\n",
    "proxy_ssl_trusted_certificate \$TEST_NGINX_TLS/trusted.crt;\n",
    map { <<"_EOC_" } qw(default index expired foreign);
    server {
        listen 127.0.0.1:\$TEST_NGINX_RAND_PORT_1 ssl;
        server_name $_.test;
        ssl_certificate \$TEST_NGINX_TLS/$_.crt;
        ssl_certificate_key \$TEST_NGINX_TLS/$_.key;
        access_log logs/access.log tls;

        location = /vectors/fetch { return 200 '$answer'; }
        location = /query { return 200 '{"matches":[]}'; }
    }
_EOC_

our $config = <<'_EOC_';
    vfs_index /_tls/;

    location ~ ^/u/(?<id>.+)$ {
        vfs_fetch user $id;
    }

    location ~ ^/r/(?<id>.+)$ {
        vfs_recommend $id;
    }
_EOC_

# As conf/nginx.conf has it; in it HOST is the index's name.

our $location = <<'_EOC_';
    location /_tls/ {
        internal;
        proxy_pass https://127.0.0.1:$TEST_NGINX_RAND_PORT_1/;
        proxy_http_version 1.1;
        proxy_pass_request_headers off;
        proxy_set_header Host HOST;
        proxy_set_header Connection "";
        proxy_ssl_server_name on;
        proxy_ssl_name HOST;
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 3;
    }
_EOC_

add_block_preprocessor(sub {
    my ($block) = @_;

    $block->set_value('http_config', $http_config)
        if !defined $block->http_config;
    $block->set_value('request', 'GET /u/u1') if !defined $block->request;
    $block->set_value('no_error_log', "[alert]\n[crit]\n");
});

plan tests => blocks() * 6 + 2;

run_tests();

__DATA__

=== 1: a certificate of the name, by a trusted authority
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr)
--- response_body chomp
{"id":"u1","values":[1,2.50],"metadata":{}}
--- access_log eval
qr/tls: index\.test TLSv1\.[23] \. 1 index\.test/



=== 2: a certificate of another name
--- config eval
$::config . ($::location =~ s/proxy_ssl_name HOST/proxy_ssl_name other.test/r
    =~ s/HOST/index.test/gr)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
upstream SSL certificate does not match "other.test"
vfs: fetch of the index failed: TLS handshake failed, upstream status 502



=== 3: without SNI the index shows another certificate
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/server_name on/server_name off/r)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
upstream SSL certificate does not match "index.test"
vfs: fetch of the index failed: TLS handshake failed, upstream status 502



=== 4: an expired certificate
--- config eval
$::config . ($::location =~ s/HOST/expired.test/gr)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
upstream SSL certificate verify error: (10:certificate has expired)
vfs: fetch of the index failed: TLS handshake failed, upstream status 502



=== 5: a certificate by an unknown authority
--- config eval
$::config . ($::location =~ s/HOST/foreign.test/gr)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log eval
[qr/upstream SSL certificate verify error: \(2[01]:unable to /,
 'vfs: fetch of the index failed: TLS handshake failed, upstream status 502']



=== 6: an index that does not speak TLS
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/RAND_PORT_1/SERVER_PORT/r)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
SSL_do_handshake() failed
vfs: fetch of the index failed: TLS handshake failed, upstream status 502



=== 7: nobody there: the index is down
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/RAND_PORT_1/CLOSED_PORT/r)
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body_like: unavailable
--- error_log
vfs: fetch of the index failed: no connection, upstream status 502



=== 8: connections are kept
--- http_config eval
$::http_config . <<'_EOC_';
    upstream tls {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
        keepalive 4;
    }
_EOC_
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/127.0.0.1:\$TEST_NGINX_RAND_PORT_1/tls/r)
--- request
GET /r/u1
--- response_body chomp
{"userId":"u1","items":[]}
--- access_log eval
[qr/tls: index\.test TLSv1\.[23] \. 1/, qr/tls: index\.test TLSv1\.[23] \. 2/]



=== 9: a refused certificate where nginx sends and checks no other name
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/proxy_ssl_name.*//r =~ s/server_name on/server_name off/r)
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body_like: unavailable
--- error_log
upstream SSL certificate does not match "127.0.0.1"
vfs: fetch of the index failed: no connection, or TLS handshake failed, upstream status 502



=== 10: nor is an address sent as a name
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr =~ s/proxy_ssl_name.*//r)
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body_like: unavailable
--- error_log
upstream SSL certificate does not match "127.0.0.1"
vfs: fetch of the index failed: no connection, or TLS handshake failed, upstream status 502



=== 11: nobody there, and no name to send
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr
    =~ s/proxy_ssl_name.*//r =~ s/RAND_PORT_1/CLOSED_PORT/r)
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body_like: unavailable
--- error_log
Connection refused
vfs: fetch of the index failed: no connection, or TLS handshake failed, upstream status 502



=== 12: a refused certificate of an upstream that is sent by its name
--- http_config eval
$::http_config . <<'_EOC_';
    upstream other.test {
        server 127.0.0.1:$TEST_NGINX_RAND_PORT_1;
    }
_EOC_
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr =~ s/proxy_ssl_name.*//r
    =~ s/127.0.0.1:\$TEST_NGINX_RAND_PORT_1/other.test/r)
--- error_code: 502
--- response_body chomp
{"error":"The vector index gave no usable answer."}
--- error_log
upstream SSL certificate does not match "other.test"
vfs: fetch of the index failed: TLS handshake failed, upstream status 502



=== 13: nobody behind it
--- http_config eval
$::http_config . <<'_EOC_';
    upstream other.test {
        server 127.0.0.1:$TEST_NGINX_CLOSED_PORT;
    }
_EOC_
--- config eval
$::config . ($::location =~ s/HOST/index.test/gr =~ s/proxy_ssl_name.*//r
    =~ s/127.0.0.1:\$TEST_NGINX_RAND_PORT_1/other.test/r)
--- error_code: 503
--- response_headers
Retry-After: 1
--- response_body_like: unavailable
--- error_log
vfs: fetch of the index failed: no connection, upstream status 502
