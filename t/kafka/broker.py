"""Apache Kafka, one node in KRaft mode, for tests."""

import os
import subprocess

from processes import Process, free_port, wait_until
from rdkafka import KafkaError, Producer

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{more}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{more}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={directory}/logs
num.partitions={partitions}
auto.create.topics.enable=true
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.retention.ms=-1
log.cleaner.dedupe.buffer.size=2097152
log.segment.bytes=67108864
message.max.bytes=4194304
num.network.threads=1
num.io.threads=2
background.threads=2
"""

# A second listener, which wants TLS and a password; who comes by it may be
# denied a topic.
SECURE = """\
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,\
SASL_SSL:SASL_SSL
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
ssl.keystore.type=PKCS12
ssl.keystore.location={directory}/keystore.p12
ssl.keystore.password={password}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
"""
USER = "worker"
PASSWORD = "open-sesame"

# A short life on two shared cores: no second compiler, no parallel collector.
JVM = ["-Xms128m", "-Xmx512m", "-Xss512k", "-XX:+UseSerialGC",
       "-XX:TieredStopAtLevel=1", "-Xshare:auto",
       "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]


class KafkaBroker:
    """Its port stays the same from start to start.

    secure: there is a second address, secure_address, with TLS by the
    certificate in the file "certificate", for USER with PASSWORD.
    """

    def __init__(self, jars, directory, partitions=4, secure=False):
        self.directory = directory
        more = settings = ""
        self.port = free_port()
        self.address = "127.0.0.1:%d" % self.port
        self._command = ["java", *JVM, "-cp", os.path.join(jars, "*")]
        self._config = os.path.join(directory, "server.properties")
        self._log = os.path.join(directory, "kafka.log")
        self._process = None

        os.makedirs(directory, exist_ok=True)

        if secure:
            self.secure_address = "localhost:%d" % free_port()
            self.certificate = os.path.join(directory, "certificate.pem")
            more = ",SASL_SSL://" + self.secure_address
            settings = SECURE.format(user=USER, password=PASSWORD,
                                     directory=directory)
            self._make_certificate()

        with open(self._config, "w") as config:
            config.write(PROPERTIES.format(
                port=self.port, controller=free_port(), directory=directory,
                partitions=partitions, more=more) + settings)

        self._format()

    def _make_certificate(self):
        store = ["-alias", "kafka", "-storetype", "PKCS12", "-keystore",
                 os.path.join(self.directory, "keystore.p12"), "-storepass",
                 PASSWORD]
        subprocess.run(["keytool", "-genkeypair", "-keyalg", "EC", "-groupname",
                        "secp256r1", "-dname", "CN=localhost", "-ext",
                        "san=dns:localhost", *store], check=True,
                       capture_output=True, timeout=120)
        subprocess.run(["keytool", "-exportcert", "-rfc", "-file",
                        self.certificate, *store], check=True,
                       capture_output=True, timeout=120)

    def _format(self):
        tool = Process("kafka storage tool", [
            *self._command, "kafka.tools.StorageTool", "format",
            "--cluster-id", "dmZzLXRlc3QtY2x1c3Rlcg", "--config",
            self._config], self._log)

        if tool.wait(120) != 0:
            raise RuntimeError(tool.tail())

    def start(self, timeout=120):
        """Returns when a metadata request is answered."""

        self._process = Process("kafka", [*self._command, "kafka.Kafka",
                                          self._config], self._log)

        with Producer(self.address) as client:
            def answers():
                try:
                    client.topics(timeout=1)

                except KafkaError:
                    return False

                return True

            wait_until("kafka answers", answers, timeout, self._process)

    def stop(self, timeout=60):
        """A clean stop: the broker says good-bye to its controller."""

        self._process.stop(timeout)
        self._process.kill()

    def kill(self):
        self._process.kill()

    def tail(self):
        return self._process.tail()
