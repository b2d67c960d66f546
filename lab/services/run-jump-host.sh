#!/bin/sh
# Runs the lab's jump host: sshd of the guests' image on a throw-away copy in memory, in a mount namespace of its own.
#   run-jump-host.sh IMAGE FOLDER HOST-KEY AUTHORIZED-KEYS ADDRESS
set -eu
image=$1 folder=$2 host_key=$3 authorized=$4 address=$5

mount -t tmpfs -o mode=755,size=16m none "$folder"
cd "$folder"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$image,upperdir=upper,workdir=work" root
cd root

# No password fits "*", and nothing can be run: the account is a way through and not a place to be.
echo 'jump:x:990:65534:jump host:/nonexistent:/usr/sbin/nologin' >>etc/passwd
echo 'jump:*:20000:0:99999:7:::' >>etc/shadow
install -m 600 "$host_key" etc/ssh/jump_host_key
install -m 644 "$authorized" etc/ssh/jump_authorized_keys
cat >etc/ssh/jump_config <<END
ListenAddress $address:22
HostKey /etc/ssh/jump_host_key
PidFile none
UsePAM no
UseDNS no
AllowUsers jump
KexAlgorithms curve25519-sha256
AuthenticationMethods publickey
AuthorizedKeysFile /etc/ssh/jump_authorized_keys
PermitRootLogin no
AllowTcpForwarding local
AllowStreamLocalForwarding no
AllowAgentForwarding no
X11Forwarding no
PermitTunnel no
PermitTTY no
PermitUserRC no
ForceCommand /usr/sbin/nologin
MaxStartups 200
MaxSessions 200
ClientAliveInterval 15
LogLevel INFO
END
mount --bind /dev dev
mount -t proc proc proc
mkdir -p run/sshd
exec chroot . /usr/sbin/sshd -D -e -f /etc/ssh/jump_config
