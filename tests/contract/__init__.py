"""Herald's public face, used as other people's scripts use it: commands, files, exit codes, mails, addresses."""
