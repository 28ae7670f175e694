"""The server process: from a start to an end. Light on purpose: any Python from 3.8 on imports `lbs.server.checkup`."""
