"""CATALINA_BASE of a generation, and what its instance is started with.

Everything that Tomcat needs and no more: no manager, no users, nothing that is deployed by lying somewhere.
"""

import pathlib

from .machine import put

SERVER = """<?xml version="1.0" encoding="UTF-8"?>
<Server port="-1">
  <Listener className="org.apache.catalina.core.JreMemoryLeakPreventionListener"/>
  <Service name="Catalina">
    <Connector address="127.0.0.1" port="{port}" protocol="HTTP/1.1" maxThreads="32" minSpareThreads="2" acceptCount="200"
               connectionTimeout="20000" maxPostSize="262144" maxSwallowSize="8388608" maxParameterCount="200" server="" URIEncoding="UTF-8"/>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false" deployOnStartup="false" unpackWARs="false" deployIgnore=".*">
        <Valve className="org.apache.catalina.valves.RemoteIpValve" internalProxies="127\\.0\\.0\\.1" remoteIpHeader="X-Forwarded-For" protocolHeader="X-Forwarded-Proto"/>
        <Valve className="org.apache.catalina.valves.ErrorReportValve" showReport="false" showServerInfo="false"/>
        <Context path="" docBase="{release}" reloadable="false" useHttpOnly="true" unloadDelay="5000">
          <Manager pathname=""/>
          <JarScanner scanClassPath="false" scanManifest="false"/>
        </Context>
      </Host>
    </Engine>
  </Service>
</Server>
"""

CATALINA = """package.access=sun.,org.apache.catalina.,org.apache.coyote.,org.apache.jasper.,org.apache.tomcat.
package.definition=sun.,java.,org.apache.catalina.,org.apache.coyote.,org.apache.jasper.,org.apache.naming.,org.apache.tomcat.
common.loader="${catalina.home}/lib","${catalina.home}/lib/*.jar","/usr/share/java/postgresql.jar"
server.loader=
shared.loader=
tomcat.util.scan.StandardJarScanFilter.jarsToSkip=*.jar
tomcat.util.buf.StringCache.byte.enabled=true
"""

WEB = """<?xml version="1.0" encoding="UTF-8"?>
<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0" metadata-complete="true">
  <servlet>
    <servlet-name>default</servlet-name>
    <servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class>
    <init-param><param-name>listings</param-name><param-value>false</param-value></init-param>
    <init-param><param-name>showServerInfo</param-name><param-value>false</param-value></init-param>
    <load-on-startup>1</load-on-startup>
  </servlet>
  <servlet>
    <servlet-name>jsp</servlet-name>
    <servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class>
    <init-param><param-name>development</param-name><param-value>false</param-value></init-param>
    <init-param><param-name>xpoweredBy</param-name><param-value>false</param-value></init-param>
    <init-param><param-name>displaySourceFragment</param-name><param-value>false</param-value></init-param>
    <load-on-startup>3</load-on-startup>
  </servlet>
  <servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
  <servlet-mapping><servlet-name>jsp</servlet-name><url-pattern>*.jsp</url-pattern></servlet-mapping>
</web-app>
"""

# Everything goes to the journal.
LOGGING = """handlers = java.util.logging.ConsoleHandler
.handlers = java.util.logging.ConsoleHandler
.level = INFO
java.util.logging.ConsoleHandler.level = INFO
java.util.logging.ConsoleHandler.formatter = org.apache.juli.OneLineFormatter
java.util.logging.ConsoleHandler.encoding = UTF-8
"""


def heap(machine):
    """Flags for the memory. A guest of the lab sees the memory of the whole host, so it gets a fixed share."""
    if machine.lab.exists():
        return "-Xms48m -Xmx192m -XX:MaxMetaspaceSize=128m -XX:TieredStopAtLevel=1"
    words = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:"))
    # The database and the cache of files want the larger part.
    megabytes = min(max(int(words.split()[1]) // 1024 * 3 // 10, 256), 4096)
    return f"-Xms{megabytes // 4}m -Xmx{megabytes}m"


def environment(machine, folder, generation):
    base = folder / "base"
    options = [
        heap(machine),
        "-XX:+UseSerialGC -Xshare:auto -Djava.awt.headless=true -Dfile.encoding=UTF-8",
        "-Duser.timezone=Europe/Berlin -Djava.net.preferIPv4Stack=true",
        f"-Dallrisnet.parameters={machine.parameters / generation.version}",
        f"-Dallrisnet.files={folder / 'files'}",
        f"-Dallrisnet.jdbc=jdbc:postgresql://127.0.0.1/{generation.database}",
        f"-Dallrisnet.passwordFile={machine.parameters / 'database.password'}",
        f"-Dallrisnet.secrets={machine.parameters / 'secrets'}",
    ]
    # Not JAVA_OPTS: Debian's start script reads /etc/default/tomcat10, which sets it anew.
    variables = {
        "CATALINA_HOME": machine.catalina_home,
        "CATALINA_BASE": base,
        "CATALINA_TMPDIR": base / "temp",
        "CATALINA_OPTS": " ".join(options),
    }
    return "".join(f'{name}="{value}"\n' for name, value in variables.items())


def write_base(machine, folder, generation):
    base = folder / "base"
    files = {
        "server.xml": SERVER.format(port=machine.port, release=machine.releases / generation.release),
        "catalina.properties": CATALINA,
        "web.xml": WEB,
        "logging.properties": LOGGING,
    }
    for name, content in files.items():
        put(base / "conf" / name, content)
    for name in ("logs", "temp", "work", "webapps"):
        (base / name).mkdir()
        if name != "webapps":
            machine.chown(base / name)
    put(folder / "environment", environment(machine, folder, generation))
