"""vfs health: status 0 while a part answers, 1 and why when it does not."""

import subprocess
import unittest

from gateway import VFS, Gateway, free_port


class Health(unittest.TestCase):
    def health(self, env, *arguments):
        done = subprocess.run([VFS, "health", *arguments], env=env, text=True,
                              capture_output=True, timeout=60)

        return done.returncode, done.stdout + done.stderr

    def test_gateway_and_index(self):
        with Gateway(1) as gateway:
            for arguments in ((), ("gateway",), ("index",)):
                code, said = self.health(gateway.env, *arguments)
                self.assertEqual(0, code, said)
                self.assertIn("/healthz answers", said)

            # a worker is answered for only by itself
            address = "127.0.0.1:%d" % gateway.port
            code, said = self.health(
                gateway.env | {"VFS_METRICS_ADDRESS": address}, "ingest")
            self.assertEqual((0, "ingest: http://%s/metrics answers\n"
                              % address), (code, said))

            gateway.index.stop()
            self.assertEqual(0, self.health(gateway.env)[0])
            code, said = self.health(gateway.env, "index")
            self.assertEqual(1, code)
            self.assertIn("does not answer", said)

            gateway.nginx.stop()
            code, said = self.health(gateway.env)
            self.assertEqual(1, code)
            self.assertIn("does not answer", said)

    def test_what_is_asked_for_in_the_wrong_way(self):
        env = {"PATH": "/usr/bin:/bin", "VFS_PORT": str(free_port())}

        for arguments, said in ((("ingest",), "VFS_METRICS_ADDRESS is not"),
                                (("kafka",), "expected gateway, ingest or")):
            code, text = self.health(env, *arguments)
            self.assertEqual(1, code)
            self.assertIn(said, text)

        code, text = self.health(env | {"VFS_PORT": "x"})
        self.assertEqual(1, code)
        self.assertIn("VFS_PORT", text)


if __name__ == "__main__":
    unittest.main()
