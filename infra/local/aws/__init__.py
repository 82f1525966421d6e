"""An AWS on this machine: moto's server with what it lacks, and an HTTP gateway that serves what was deployed to it."""
