"""Prepares who asks: a customer who can pay, another whose things the first must never see, and the operator of the sample shop.

Usage: accounts.py URL FILE. Writes the file in which Schemathesis reads how each of them logs in (Web Fuzzing Commons).
"""

import json
import sys

import requests

url, file = sys.argv[1:]
password = "openrun-demo"


def post(path: str, body: dict, token: str | None = None) -> dict:
    response = requests.post(url + path, json=body, headers={"authorization": f"Bearer {token}"} if token else {}, timeout=10)
    response.raise_for_status()
    return response.json()


for name in ("customer", "neighbour"):
    email = f"{name}@openrun.example"
    post("/auth/register", {"email": email, "password": password, "name": name})
    token = post("/auth/login", {"email": email, "password": password})["accessToken"]
    post("/balance/charge", {"amount": 1_000_000}, token)


def login(name: str) -> dict:
    credentials = {"email": f"{name}@openrun.example", "password": password}
    token = {"extractFrom": "body", "extractSelector": "/accessToken", "sendIn": "header", "sendName": "Authorization", "sendTemplate": "Bearer {token}"}
    endpoint = {"endpoint": "/auth/login", "verb": "POST", "contentType": "application/json", "payloadRaw": json.dumps(credentials), "token": token}
    return {"name": name, "loginEndpointAuth": endpoint}


with open(file, "w") as accounts:
    json.dump({"auth": [login(name) for name in ("customer", "neighbour", "operator")]}, accounts)
