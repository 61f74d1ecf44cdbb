"""Known values: secrets the service has in its hands, found again in every form a log may write them in."""
