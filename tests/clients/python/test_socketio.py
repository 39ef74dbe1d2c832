"""The vocabulary over Socket.IO, with the unmodified client of PyPI, by each transport."""

import os
import queue
import secrets
import unittest

import requests
import socketio

BASE_URL = os.environ.get("BASE_URL", "http://localhost:3000").rstrip("/")
GENEROUS = 10


def rest(method, path, token=None, body=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{BASE_URL}/api/v1{path}", json=body, headers=headers, timeout=GENEROUS)


def wanted(status, answer):
    assert answer.status_code == status, f"expected {status}, got {answer.status_code}"
    return answer.json()["data"]


def person(name):
    """Somebody new, signed in: id and token."""
    username, password = f"{name}-{secrets.token_hex(5)}", secrets.token_hex(12)
    wanted(201, rest("POST", "/auth/register", body={"username": username, "name": name, "password": password}))
    session = wanted(200, rest("POST", "/auth/login", body={"username": username, "password": password}))
    return session["user"]["id"], session["accessToken"]


def group(token, *others):
    return wanted(201, rest("POST", "/conversations", token, {"name": "Team", "participantIds": list(others)}))["id"]


class Cases:
    """What must work, whatever the transport and the namespace."""

    transports = None
    namespace = "/"

    def setUp(self):
        self.clients = []
        self.addCleanup(lambda: [client.disconnect() for client in self.clients])

    def dial(self, auth=None, headers=None):
        client = socketio.Client(reconnection=False)
        self.clients.append(client)
        heard = queue.Queue()
        client.on("*", lambda event, *args: heard.put((event, args)), namespace=self.namespace)
        client.on("disconnect", lambda *args: heard.put(("disconnect", args)), namespace=self.namespace)
        client.connect(
            BASE_URL,
            auth=auth,
            headers=headers or {},
            transports=self.transports,
            namespaces=[self.namespace],
            wait_timeout=GENEROUS,
        )
        return client, heard

    def call(self, client, event, data):
        return client.call(event, data, namespace=self.namespace, timeout=GENEROUS)

    def next(self, heard, wanted):
        while True:
            event, args = heard.get(timeout=GENEROUS)
            if event == wanted:
                return args[0] if args else None

    def test_a_token_connects_by_auth_and_by_header(self):
        _, token = person("ada")
        for how in ({"auth": {"token": token}}, {"headers": {"Authorization": f"Bearer {token}"}}):
            client, _ = self.dial(**how)
            self.assertTrue(self.call(client, "conversation:sync", {"conversations": {}})["success"])

    def test_no_token_is_refused(self):
        for auth in (None, {"token": "x.y.z"}):
            with self.assertRaises(socketio.exceptions.ConnectionError):
                self.dial(auth=auth)

    def test_a_message_is_acknowledged_and_heard(self):
        (_, one), (bob, two) = person("ada"), person("bob")
        conversation = group(one, bob)
        mine, _ = self.dial(auth={"token": one})
        _, theirs = self.dial(auth={"token": two})
        ack = self.call(mine, "message:send", {"conversationId": conversation, "content": "it's \"quoted\" 😀"})
        self.assertTrue(ack["success"])
        self.assertEqual(self.next(theirs, "message:received")["id"], ack["data"]["id"])
        refused = self.call(mine, "message:send", {"conversationId": conversation, "content": "x" * 90_000})
        self.assertEqual(refused["code"], "VALIDATION_FAILED")

    def test_a_burst_comes_whole_and_in_order(self):
        (_, one), (bob, two) = person("ada"), person("bob")
        conversation = group(one, bob)
        mine, _ = self.dial(auth={"token": one})
        _, theirs = self.dial(auth={"token": two})
        said = [f"message {n}" for n in range(60)]
        for content in said:
            mine.emit("message:send", {"conversationId": conversation, "content": content}, namespace=self.namespace)
        self.assertEqual([self.next(theirs, "message:received")["content"] for _ in said], said)

    def test_a_socket_dies_with_its_session(self):
        _, token = person("ada")
        _, heard = self.dial(auth={"token": token})
        self.assertEqual(rest("POST", "/auth/logout", token).status_code, 204)
        self.next(heard, "disconnect")


class Default(Cases, unittest.TestCase):
    pass


class WebSocketOnly(Cases, unittest.TestCase):
    transports = ["websocket"]
    namespace = "/chat"


class PollingOnly(Cases, unittest.TestCase):
    transports = ["polling"]
    namespace = "/chat"


if __name__ == "__main__":
    unittest.main()
