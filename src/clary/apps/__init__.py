"""The other systems, one package each: client, shapes, and a sandbox server to try them on."""
