"""Data sets that people have on their disks, one file each."""
