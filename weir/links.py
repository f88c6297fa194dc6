"""What `weir up` prints at the end: where everything is, and the first things to try."""

from rich.console import Console

from weir.first_start import FirstStart
from weir.instance import Instance


def print_links(instance: Instance, first: FirstStart, console: Console) -> None:
    settings, secrets = instance.settings, instance.secrets
    gateway, api, app = (instance.url(port) for port in (settings.gateway_port, settings.api_port, settings.app_port))
    console.print(
        f"""
  Dashboard    {app}/sign-in?token={first.sign_in_token}
               the link signs you in once; later as {instance.first.user_email}, password {secrets.user_password}
  Gateway      {gateway}        key {secrets.gateway_key}
  API          {api}/docs   key {secrets.query_key}
  Pipelines    {instance.url(settings.dagster_port)}

  Call a model that needs no vendor key, and see it in the dashboard seconds later:
    curl {gateway}/demo/v1/chat/completions -H "Weir-Auth: Bearer {secrets.gateway_key}" \\
      -H "Content-Type: application/json" \\
      -d '{{"model": "demo-small", "messages": [{{"role": "user", "content": "Hello"}}]}}'

  Ask the warehouse:
    curl {api}/v1/hql -H "Authorization: Bearer {secrets.query_key}" -H "Content-Type: application/json" \\
      -d '{{"sql": "select model, count() as requests, sum(cost_usd) as usd from requests group by model"}}'

  In a notebook:
    WEIR_API_URL={api} WEIR_API_KEY={secrets.query_key} .venv/bin/jupyter lab notebooks

  Ctrl-C stops everything. Data, logs and secrets stay in {instance.data_dir}
""",  # noqa: S608
        highlight=False,
        soft_wrap=True,
        markup=False,
    )
