import { definePatchLevel } from "../model/patch-level.ts";

export const pilot = definePatchLevel({
  ring: "pilot",
  reason: "Debian 12 as in template 2",
  expectedMinutes: 5,
  packages: {
    libc6: "2.36-9+deb12u14",
    libssl3: "3.0.20-1~deb12u2",
    "nginx-common": "1.22.1-9+deb12u9",
    "nginx-light": "1.22.1-9+deb12u9",
    "openjdk-17-jre-headless": "17.0.19+10-1~deb12u2",
    "openssh-server": "1:9.2p1-2+deb12u10",
    openssl: "3.0.20-1~deb12u2",
    "postgresql-15": "15.18-0+deb12u1",
    sudo: "1.9.13p3-1+deb12u4",
    systemd: "252.39-1~deb12u2",
    tomcat10: "10.1.55-1~deb12u1",
    "tomcat10-common": "10.1.55-1~deb12u1",
  },
});
