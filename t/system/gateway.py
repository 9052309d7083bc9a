"""What a recommender sees: JSON over HTTP, numbers kept as their text."""

import http.client
import json
import socket


class Number(str):
    """A JSON number as it was written."""


class Answer:

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        """Numbers as Number, so that nothing is rounded on the way."""

        return json.loads(self.body, parse_float=Number, parse_int=Number)

    def plain(self):
        return json.loads(self.body)


class Client:
    """One connection, opened again when it was lost."""

    def __init__(self, port, timeout=30):
        self._address = ("127.0.0.1", port)
        self._timeout = timeout
        self._connection = None

    def get(self, path):
        return self._request("GET", path, None)

    def post(self, path, body):
        return self._request("POST", path, json.dumps(body).encode())

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _request(self, method, path, body):
        fresh = self._connection is None

        try:
            return self._once(method, path, body)

        except (http.client.HTTPException, ConnectionError):
            self.close()

            if fresh:
                raise

            return self._once(method, path, body)

    def _once(self, method, path, body):
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                *self._address, timeout=self._timeout)
            self._connection.connect()
            self._connection.sock.setsockopt(socket.IPPROTO_TCP,
                                             socket.TCP_NODELAY, 1)

        headers = {"Content-Type": "application/json"} if body else {}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()

        return Answer(response.status, response.headers, response.read())
