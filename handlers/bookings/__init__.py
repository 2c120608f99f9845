"""Briefings and bookings: sessions from a file, seats given in order, a queue that nobody jumps, registers.

`sessions` holds the lock and reads how a session stands, `seats` changes bookings and hands free seats on, `booking`,
`cancelling`, `offers` and `approvals` are what people do, `applying` and `register` what files bring, `showing` and
`answering` what people see and press, `telling` the messages.
"""
