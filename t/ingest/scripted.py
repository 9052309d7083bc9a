"""An HTTP server on a port of its own, in threads of the test, that may break
off: what the scripted index and the scripted model have in common."""

import http.server
import json
import socket
import struct
import threading


class Scripted:

    def __init__(self, handler, port=0):
        self.server = _Server(("127.0.0.1", port), handler)
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.daemon = True
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.server.disconnect()
        self.thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args):
        self.sockets = set()
        super().__init__(*args)

    def get_request(self):
        sock, address = super().get_request()
        self.sockets.add(sock)
        return sock, address

    def disconnect(self):
        for sock in self.sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def release(self):
        """Called when the answer is about to go out."""

    def reply(self, status, document, **headers):
        self.send(status, json.dumps(document).encode(), "application/json",
                  **headers)

    def send(self, status, body, kind, **headers):
        self.release()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))

        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)

        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Ends the connection with a reset instead of an answer."""

        self.release()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
