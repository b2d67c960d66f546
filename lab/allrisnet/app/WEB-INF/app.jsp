<%@ page session="false" buffer="256kb" contentType="text/html; charset=UTF-8" %>
<%@ page import="java.io.*,java.net.URLEncoder,java.nio.charset.StandardCharsets,java.nio.file.*,java.security.*,java.sql.Connection,java.sql.PreparedStatement,java.sql.ResultSet,java.sql.ResultSetMetaData,java.sql.SQLException,java.time.*,java.time.format.DateTimeFormatter,java.util.*,java.util.concurrent.atomic.AtomicReference,java.util.regex.*,java.util.stream.*,javax.crypto.*,javax.crypto.spec.*,javax.xml.parsers.*,org.apache.tomcat.dbcp.dbcp2.BasicDataSource,org.w3c.dom.*,org.xml.sax.SAXException" %>
<%@ include file="jspf/text.jspf" %>
<%@ include file="jspf/database.jspf" %>
<%@ include file="jspf/release.jspf" %>
<%@ include file="jspf/modules.jspf" %>
<%@ include file="jspf/parameters.jspf" %>
<%@ include file="jspf/check.jspf" %>
<%@ include file="jspf/view.jspf" %>
<%@ include file="jspf/persons.jspf" %>
<%@ include file="jspf/council.jspf" %>
<%@ include file="jspf/feeds.jspf" %>
<%@ include file="jspf/pdf.jspf" %>
<%@ include file="jspf/citizens.jspf" %>
<%@ include file="jspf/passwords.jspf" %>
<%@ include file="jspf/sign-in.jspf" %>
<%@ include file="jspf/politicians.jspf" %>
<%@ include file="jspf/controller.jspf" %>
<%!
@Override public void jspDestroy() {
  try {
    Db.shutDown();
  } catch (SQLException e) {
    log("closing the database", e);
  }
}
%>
<%
if (request.getServletPath().equals("/internal")) {
  Controller.internal(request, response, application);
  return;
}
try (Db db = Db.open()) {
  Call call = new Call(request, response, application, Parameters.current(), db);
  View view;
  try {
    view = Controller.view(call);
  } catch (NotFound e) {
    view = View.notFound();
  } catch (Exception e) {
    log(request.getServletPath() + "/" + call.program, e);
    view = View.failed();
  }
  if (view == null) return;
  response.setStatus(view.status);
  response.setContentType("text/html; charset=UTF-8");
%>
<%@ include file="pages/layout.jspf" %>
<%
} catch (SQLException | IOException | RuntimeException e) {
  log("no page", e);
  if (response.isCommitted()) throw e;
  out.clearBuffer();
  response.setStatus(500);
%>
<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Störung</title></head><body><main><h1>Vorübergehende Störung</h1><p>Bitte versuchen Sie es in einigen Minuten noch einmal.</p></main></body></html>
<%
}
%>
