"""What a page says when it cannot show what was asked: which part fails, since when, and what to do."""

import streamlit as st

from app.api_client.errors import ApiError, Refused
from app.page_parts.markdown import plain


def signed_out() -> None:
    """Says that the session ended and shows the way in."""
    with st.container(border=True, width=460):
        st.subheader("You are signed out")
        st.write("Your session has ended. Sign in again to go on where you were.")
        # A plain link: Streamlit's own would open a second tab.
        st.html('<a href="/sign-in" target="_self">Sign in</a>')


def without_organization(email: str) -> None:
    """Says that there is nobody whose data could be shown."""
    with st.container(border=True, width=460):
        st.subheader("No organization yet")
        st.write(f"{plain(email)} belongs to no organization. An administrator adds you with `weir create-user`.")


def unavailable(error: ApiError) -> None:
    """Names the part that fails."""
    st.error(f"**{_part(error)}** {error.message}", icon=":material/cloud_off:")
    st.caption("Nothing is lost: the gateway records on without it. Run `weir doctor` to see what is wrong.")


def failed(error: ApiError) -> None:
    """Says in place of one tile why it is empty."""
    if isinstance(error, Refused):
        st.warning(error.message, icon=":material/error:")
    else:
        unavailable(error)


def for_managers() -> None:
    """Says that a page is for others."""
    with st.container(border=True, width=460):
        st.subheader("For owners and admins")
        st.write("The settings are seen to by the owners and admins of the organization. Ask one of them.")


def _part(error: ApiError) -> str:
    if error.code == "unreachable":
        return "The api is down."
    if error.code in {"warehouse_unavailable", "unavailable"}:
        return "The warehouse is down."
    return "Something went wrong."
