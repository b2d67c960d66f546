#!/bin/sh
# Runs one guest until it powers off, in the guest's network namespace and a mount namespace of its own: whatever
# is mounted here is gone when the last process is, so a crash leaves no mount behind.
#   run-guest.sh ROOT IMAGE DISK NSPAWN-ARGUMENTS…      FARM_CGROUPS: folders of the guest's control groups
set -eu
root=$1 image=$2 disk=$3
shift 3

# nspawn keeps locks and sockets there; in this namespace they do not outlive the guest.
mount -t tmpfs -o mode=755 none /run/systemd

# Relative, because a path with a comma cannot be written into these options.
cd "$disk"
# The disk is a file system of its own; with xino the guest sees one device all the same.
mount -t overlay overlay -o "lowerdir=$image,upperdir=upper,workdir=work,xino=on" "$root"
cd /

while :; do
  code=0
  SYSTEMD_NSPAWN_API_VFS_WRITABLE=network sh -c '
    for group in $FARM_CGROUPS; do echo $$ >"$group/cgroup.procs"; done
    unset FARM_CGROUPS
    exec systemd-nspawn --directory="$0" "$@"' "$root" "$@" || code=$?
  # nspawn ends with 133 when the guest asked for a restart.
  [ "$code" = 133 ] || exit "$code"
  # The namespace stays, but a machine that starts anew has no addresses and no firewall yet.
  for nic in $(ip -o link show | sed -n 's/^[0-9]*: \(enX[0-9]*\)@.*/\1/p'); do
    ip address flush dev "$nic"
    ip link set "$nic" down
  done
  chroot "$image" /usr/sbin/nft flush ruleset
done
