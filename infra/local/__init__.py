"""The local API Gateway: serves the functions of serverless.yml over HTTP as AWS would (`make dev`)."""
