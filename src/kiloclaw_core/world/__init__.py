"""An executable, pure model of the outside: Fly, the directory, the network and everything joined with the core."""
