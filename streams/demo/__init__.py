"""Everything on one machine: broker, worker, simulated traffic, flags as they come."""
