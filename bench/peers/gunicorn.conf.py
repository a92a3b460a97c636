# A worker of threads: the kind that keeps connections.
bind = "127.0.0.1:@PORT@"
workers = @WORKERS@
worker_class = "gthread"
threads = 4
keepalive = 75
worker_connections = 1000
chdir = "@PEERS@"
